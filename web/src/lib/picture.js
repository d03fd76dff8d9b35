// A picture of a page: finds its figure and its items, draws it with ECharts, and keeps it in step with the page.
import * as echarts from "echarts/core";
import { install as AriaComponent } from "echarts/lib/component/aria/install.js";
import { install as TooltipComponent } from "echarts/lib/component/tooltip/install.js";
import { install as SVGRenderer } from "echarts/lib/renderer/installSVGRenderer.js";
import { registerSSRDataGetter } from "zrender/lib/zrender.js";

echarts.use([AriaComponent, TooltipComponent, SVGRenderer]);
export { echarts };

// A mark that is named after a thing says so in the SVG, also in a saved one.
registerSSRDataGetter((element) => {
  const named = thingOf(element);
  return named && { each: (tell) => tell(named, "thing") };
});

function thingOf(element) {
  for (let one = element; one; one = one.parent) if (one.name?.includes(":")) return one.name;
}

/**
 * Draws each figure with data-script=NAME: `option(items, look, width)` returns the option of ECharts, and may add the
 * `height` in pixels that it needs. `items` is what the figure's JSON holds, `look` the colours of the page as they are
 * now, `width` the room in pixels. A click on what has data with a `page` leads there.
 */
export function picture(name, option) {
  for (const figure of document.querySelectorAll(`figure[data-script="${name}"]`)) {
    try {
      show(figure, option);
    } finally {
      figure.dataset.ready = "";
    }
  }
}

function show(figure, option) {
  const items = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const canvas = figure.querySelector(".canvas");
  figure.classList.add("drawn");
  const chart = echarts.init(canvas, null, { renderer: "svg" });
  const draw = () => redraw(chart, canvas, figure, option(items, look(), canvas.clientWidth));
  draw();
  canvas.querySelector(".room")?.remove();
  chart.on("click", ({ data }) => data?.page && location.assign(data.page));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  follow(canvas, draw);
  zoomed(figure, chart);
  const save = figure.querySelector("[data-save]");
  save.hidden = false;
  save.addEventListener("click", () => download(`${figure.dataset.name ?? figure.dataset.script}.svg`, svg(figure)));
  return chart;
}

// Draws anew where the reader is: a range that was chosen stays.
function redraw(chart, canvas, figure, { height, ...option }) {
  const range = chart.getOption()?.dataZoom?.[0];
  if (height) canvas.style.height = `${height}px`;
  chart.resize();
  const description = figure.querySelector("figcaption").textContent.replace(/\s+/g, " ").trim();
  chart.setOption({ animation: false, aria: { enabled: true, label: { description } }, ...option }, true);
  if (range && (range.start > 0 || range.end < 100)) chart.dispatchAction({ type: "dataZoom", start: range.start, end: range.end });
}

function follow(canvas, draw) {
  let width = canvas.clientWidth;
  new ResizeObserver(() => {
    if (canvas.clientWidth === width) return;
    width = canvas.clientWidth;
    draw();
  }).observe(canvas);
}

const STEPS = { in: [0.25, -0.25], out: [-0.5, 0.5], back: [-0.25, -0.25], on: [0.25, 0.25], all: [-100, 100] };

// The buttons of a picture that can be looked at more closely; they do what the mouse does.
function zoomed(figure, chart) {
  const bar = figure.querySelector(".zoom");
  if (!bar) return;
  bar.hidden = false;
  bar.addEventListener("click", ({ target }) => {
    const step = STEPS[target.dataset.zoom];
    if (!step) return;
    const { start, end } = chart.getOption().dataZoom[0];
    const moved = Math.max(-start, Math.min(100 - end, step[0] * (end - start)));
    const [from, to] = step[0] === step[1] ? [start + moved, end + moved] : [start + step[0] * (end - start), end + step[1] * (end - start)];
    chart.dispatchAction({ type: "dataZoom", start: Math.max(0, from), end: Math.min(100, to) });
  });
}

/** The colours of the page, by their names in style.css. */
export function look() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "paper", "raised", "line", "edge", "link", "soft", "good", "warn", "bad", "one", "two", "three", "four", "five", "six", "sea", "land"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** A tooltip that shows the text of `data.tip` as it is: labels may hold anything, so it is never HTML. */
export function tooltip(look) {
  return {
    renderMode: "richText",
    confine: true,
    transitionDuration: 0,
    backgroundColor: look.raised,
    borderColor: look.edge,
    textStyle: { color: look.ink, fontSize: 12, width: 380, overflow: "break" },
    formatter: ({ data }) => plain([data?.tip ?? []].flat().join("\n")),
  };
}

/** Text that ECharts does not take for its own markup. */
export function plain(text) {
  return text.replaceAll("{", "{\u200b");
}

/** Text of at most so many letters. */
export function cut(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, Math.max(most - 1, 1)).join("")}…` : text;
}

// What no XML may hold: a label can have it.
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const SVG = "http://www.w3.org/2000/svg";

function svg(figure) {
  const copy = figure.querySelector(".canvas svg").cloneNode(true);
  const [width, height] = ["width", "height"].map((name) => copy.getAttribute(name));
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.removeAttribute("style");
  const paper = element("rect", { width, height, fill: look().paper });
  const title = element("title", {}, figure.querySelector(".scroll").getAttribute("aria-label"));
  const told = element("desc", {}, figure.querySelector("figcaption").textContent.replace(/\s+/g, " ").trim());
  copy.prepend(title, told, paper);
  return new XMLSerializer().serializeToString(copy).replace(UNWRITABLE, "");
}

function element(name, attributes, text = "") {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.textContent = text;
  return one;
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = name;
  link.click();
}
