// A graph in columns: boxes with text at fixed places, and lines between them that bend and end as they are told to.
import { install as CustomChart } from "echarts/lib/chart/custom/install.js";
import { install as GridComponent } from "echarts/lib/component/grid/install.js";
import { echarts, plain, tooltip } from "./picture.js";

echarts.use([CustomChart, GridComponent]);
const HALF = 0.42;
const TALL = 0.43;
const ruler = document.createElement("canvas").getContext("2d");

/**
 * The option for `nodes`, each with `at` (column, row), `text`, `style` and `told`, and `edges`, each with its `path`
 * (spots, each a column and a row), `style`, `end` (arrow, bar or nothing), a `word` (or one `above` the boxes), and `told`.
 */
export function columns(nodes, edges, look) {
  const spots = [...nodes.map(({ at }) => at), ...edges.flatMap(({ path }) => path)];
  const [right, low] = [0, 1].map((axis) => Math.max(...spots.map((spot) => spot[axis])));
  const series = (name, items, renderItem, z) => ({
    type: "custom",
    name,
    z,
    clip: false,
    data: items.map(({ page, told, at, path }) => ({ value: at ?? path[0], page, tip: told })),
    renderItem: ({ dataIndex }, api) => renderItem(items[dataIndex], api, look),
  });
  return {
    textStyle: { fontFamily: "system-ui, sans-serif" },
    grid: { left: 2, right: 2, top: 14, bottom: 2 },
    xAxis: { show: false, min: -0.5, max: right + 0.5 },
    yAxis: { show: false, inverse: true, min: -0.5, max: low + 0.5 },
    tooltip: tooltip(look),
    series: [series("edges", spread(edges), edge, 1), series("nodes", nodes, node, 2)],
  };
}

// Gives each edge a port of its own on the box that it leaves and on the one that it enters: -0.5 to 0.5, from top to bottom.
function spread(edges) {
  const ported = edges.map((one) => ({ ...one, leaves: 0, enters: 0 }));
  for (const [port, end, next] of [["leaves", 0, 1], ["enters", -1, -2]]) {
    const sides = {};
    for (const one of ported) if (one.path[0][0] !== one.path.at(-1)[0]) (sides[one.path.at(end).join()] ??= []).push(one);
    for (const side of Object.values(sides)) {
      side.sort((a, b) => a.path.at(next)[1] - b.path.at(next)[1]);
      side.forEach((one, i) => (one[port] = (i + 0.5) / side.length - 0.5));
    }
  }
  return ported;
}

function node({ at, text, style }, api) {
  const [x, y] = api.coord(at);
  const [width, height] = [api.size([2 * HALF, 0])[0], tall(api)];
  const tried = [11, 10].map((size) => inside(text, size, style.bold, width - 10, height - 2));
  const { whole, ...shown } = tried.find((one) => one.whole) ?? tried.at(-1);
  return {
    type: "rect",
    shape: { x: x - width / 2, y: y - height / 2, width, height, r: 5 },
    style: { fill: style.fill, stroke: style.stroke, lineWidth: style.width ?? 1, lineDash: style.dash },
    textConfig: { position: "inside" },
    textContent: { style: { ...shown, fill: style.ink, align: "center", verticalAlign: "middle" } },
  };
}

/** How `text` stands in a box in letters of a `size`, and whether that is the `whole` of it. */
function inside(text, size, bold, width, height) {
  const [font, lineHeight] = [`${bold ? 600 : 400} ${size}px system-ui, sans-serif`, size + 1];
  const lines = fitted(text, font, width, Math.max(Math.floor(height / lineHeight), 1));
  return { text: plain(lines.join("\n")), font, lineHeight, whole: lines.join(" ") === text };
}

/** The lines of `text`, broken between words alone, which fit; what is left out is told by an ellipsis. */
function fitted(text, font, width, most) {
  ruler.font = font;
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && fits(longer, width)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.slice(0, most).map((line, at) => short(line, width, at === most - 1 && lines.length > most));
}

function short(line, width, more) {
  const kept = [...line];
  let end = more ? "…" : "";
  for (; kept.length > 1 && !fits(kept.join("") + end, width); end = "…") kept.pop();
  return kept.join("").trimEnd() + end;
}

function fits(line, width) {
  return ruler.measureText(line).width <= width;
}

function tall(api) {
  return Math.min(api.size([0, 2 * TALL])[1], 74);
}

function edge({ path, style, end, word, above, leaves, enters }, api, look) {
  const half = api.size([HALF, 0])[0];
  const spots = path.map((spot) => api.coord(spot));
  spots[0][1] += leaves * (tall(api) - 12);
  spots.at(-1)[1] += enters * (tall(api) - 12);
  const { line, tip, middle } = spots.length === 2 && spots[0][0] === spots[1][0] ? up(spots, half) : across(spots, half);
  const drawn = { stroke: style.stroke, lineWidth: style.width ?? 1.25, fill: "none", lineDash: style.dash };
  const children = [{ type: "path", shape: { pathData: line }, style: drawn }];
  if (end === "arrow") children.push({ type: "path", shape: { pathData: arrow(tip) }, style: { fill: style.stroke } });
  if (end === "bar") children.push({ type: "path", shape: { pathData: bar(tip) }, style: { stroke: style.stroke, lineWidth: 3 } });
  if (word) children.push(label(word, middle[0], middle[1] - (above ? tall(api) / 2 + 7 : 0), style.ink, look));
  return { type: "group", children };
}

function label(text, x, y, fill, { paper }) {
  const middle = { align: "center", verticalAlign: "middle" };
  return { type: "text", style: { text, x, y, fill, ...middle, backgroundColor: paper, padding: [0, 2], font: "11px system-ui, sans-serif" } };
}

// From the left side of a box, along its column, to the left side of one above it.
function up([[x, from], [, to]], half) {
  const [side, bus] = [x - half, x - half * 1.1];
  return { line: `M${side} ${from}L${bus} ${from}L${bus} ${to}L${side} ${to}`, tip: [side, to], middle: [bus, (from + to) / 2] };
}

// From the right side of the first box to the left side of the last, straight past the columns between.
function across(spots, half) {
  const last = spots.length - 1;
  const tip = [spots[last][0] - half, spots[last][1]];
  let [x, y] = [spots[0][0] + half, spots[0][1]];
  const start = [x, y];
  let line = `M${x} ${y}`;
  spots.slice(1).forEach(([column, row], i) => {
    const stop = i + 1 === last ? tip[0] - 5 : column - half;
    const bend = (stop - x) / 2;
    line += `C${x + bend} ${y} ${stop - bend} ${row} ${stop} ${row}`;
    if (i + 1 < last) line += `L${column + half} ${row}`;
    [x, y] = [column + half, row];
  });
  return { line, tip, middle: [(start[0] + tip[0]) / 2, (start[1] + tip[1]) / 2] };
}

function arrow([x, y]) {
  return `M${x} ${y}L${x - 7} ${y - 4}L${x - 7} ${y + 4}Z`;
}

function bar([x, y]) {
  return `M${x - 4} ${y - 6}L${x - 4} ${y + 6}`;
}
