// A picture of a page: finds its figure and its items, draws it with ECharts, and keeps it in step with the page.
import * as echarts from "echarts/core";
import { AriaComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([AriaComponent, TooltipComponent, SVGRenderer]);
export { echarts };

/**
 * Draws each figure with data-script=NAME: `option(items, look)` returns the option of ECharts.
 * `items` is what the figure's JSON holds, `look` the colours of the page as they are now.
 */
export function picture(name, option) {
  for (const figure of document.querySelectorAll(`figure[data-script="${name}"]`)) show(figure, option);
}

function show(figure, option) {
  const items = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const canvas = figure.querySelector(".canvas");
  figure.classList.add("drawn");
  const chart = echarts.init(canvas, null, { renderer: "svg" });
  const draw = () => chart.setOption({ animation: false, ...option(items, look()) }, true);
  draw();
  chart.on("click", ({ data }) => data?.page && location.assign(data.page));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => chart.resize()).observe(canvas);
  const save = figure.querySelector("[data-save]");
  save.hidden = false;
  save.addEventListener("click", () => download(`${figure.dataset.script}.svg`, svg(canvas)));
  figure.dataset.ready = "";
  return chart;
}

/** The colours of the page, by their names in style.css. */
export function look() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "paper", "raised", "line", "edge", "link", "soft", "good", "warn", "bad", "one", "two", "three", "four", "five", "six"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function svg(canvas) {
  const copy = canvas.querySelector("svg").cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(copy);
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = name;
  link.click();
}
