// Pictures of a result, drawn by ECharts: bars of a column of numbers, and a timeline of a column of dates.
import { install as BarChart } from "echarts/lib/chart/bar/install.js";
import { install as CustomChart } from "echarts/lib/chart/custom/install.js";
import { install as GridComponent } from "echarts/lib/component/grid/install.js";
import { mark } from "../marks.js";
import { echarts, look, plain, tooltip } from "../picture.js";
import { span } from "./edtf.js";
import { numberOf } from "./terms.js";
import { element, say, written } from "./words.js";

// Of what is under the pointer ECharts would write a style of its own, which the policy of the page forbids: hence no
// emphasis.
echarts.use([BarChart, CustomChart, GridComponent]);
/** So many rows are drawn. */
export const MOST = 60;

/** Bars of one of `values` along one of `across`; both can be chosen. */
export function chart(result, text, across, values) {
  return drawn(result, "across", across, "value", values.filter((one) => one !== across[0] || values.length === 1), bars(text));
}

/** Marks of one of `dates`, each named by one of `names`; `bounds` are the columns of the first and the last day. */
export function timeline(result, text, dates, names, bounds) {
  return drawn(result, "dated", dates, "called", names, marks(text, bounds));
}

/** A picture of `result` by one of `firsts` and one of `seconds`, which can be chosen; `option` says what is drawn. */
export function drawn(result, firstWord, firsts, secondWord, seconds, option) {
  const first = choice(firstWord, firsts);
  const second = choice(secondWord, seconds);
  const canvas = element("div", { class: "drawing" });
  const note = element("p", { class: "aside", role: "status" });
  const wide = element("div", { class: "wide", tabindex: "0", role: "group" }, canvas);
  const root = element("div", {}, element("p", { class: "views" }, first.label, first.field, second.label, second.field), wide, note);
  requestAnimationFrame(() => {
    const picture = echarts.init(canvas, null, { renderer: "svg" });
    const draw = () => {
      const chosen = [firsts[first.field.value], seconds[second.field.value]];
      const { made, told, title } = option(result.rows, ...chosen, look());
      wide.setAttribute("aria-label", title);
      note.textContent = told.join(" ");
      canvas.style.height = made.height ? `${made.height}px` : "";
      picture.resize();
      picture.setOption({ animation: false, ...made.option }, true);
      root.dataset.drawn = "";
    };
    draw();
    root.addEventListener("change", draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    new ResizeObserver(() => wide.clientWidth && picture.resize()).observe(wide); // it is taken away with no width
  });
  return root;
}

function choice(word, columns) {
  const id = `choice-${word}`;
  const field = element("select", { id }, ...columns.map((one, at) => element("option", { value: at }, one.name)));
  return { field, label: element("label", { for: id }, say(word)) };
}

/** What is left out of a picture, in words: rows behind the first, and rows without a value. */
export function leftOut(rows, usable) {
  const told = [];
  if (rows.length > usable.length) told.push(say("left", { count: rows.length - usable.length }));
  if (usable.length > MOST) told.push(say("most", { shown: MOST, count: written(usable.length) }));
  return told;
}

function axis(colours) {
  return { axisLabel: { color: colours.ink }, axisLine: { lineStyle: { color: colours.edge } }, splitLine: { lineStyle: { color: colours.line } } };
}

function bars(text) {
  return (rows, across, value, colours) => {
    const usable = rows.filter((row) => numberOf(row[value.at]) !== null && row[across.at]);
    if (across.years) usable.sort((one, other) => numberOf(one[across.at]) - numberOf(other[across.at]));
    const kept = usable.slice(0, MOST);
    const upright = across.years;
    const category = { type: "category", data: kept.map((row) => plain(text(row[across.at]))), ...axis(colours), inverse: !upright };
    category.axisLabel = { ...category.axisLabel, width: 220, overflow: "truncate" };
    const amounts = { type: "value", ...axis(colours) };
    const option = {
      grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
      xAxis: upright ? category : amounts,
      yAxis: upright ? amounts : category,
      tooltip: tooltip(colours),
      series: [{ type: "bar", data: kept.map((row) => ({ value: numberOf(row[value.at]), tip: [text(row[across.at]), `${value.name}: ${text(row[value.at])}`] })), emphasis: { disabled: true }, itemStyle: { color: colours.one }, barMaxWidth: 28 }],
    };
    const title = say("drawn", { value: value.name, across: across.name });
    return { made: { option, height: upright ? 0 : Math.max(200, 60 + 24 * kept.length) }, told: [`${title}.`, ...leftOut(rows, usable)], title };
  };
}

function marks(text, bounds) {
  return (rows, date, name, colours) => {
    const found = rows.map((row) => ({ row, days: daysOf(row, date, bounds) })).filter((one) => one.days);
    const usable = found.sort((one, other) => start(one.days) - start(other.days));
    const kept = usable.slice(0, MOST);
    const tip = (row) => [text(row[name.at]), `${date.name}: ${text(row[date.at])}`];
    const data = kept.map(({ row, days }, at) => ({ value: [days.from ?? days.to, days.to ?? days.from, at], tip: tip(row) }));
    const renderItem = ({ dataIndex }, api) => {
      const { row, days } = kept[dataIndex];
      const [from, to] = [days.from, days.to].map((day) => (day === null ? null : api.coord([day, dataIndex])[0]));
      const y = api.coord([days.from ?? days.to, dataIndex])[1];
      const written = text(row[date.at]);
      const told = { may: [from, to], was: null, about: /[~%]/.test(written), unsure: /[?%]/.test(written), day: days.from === days.to };
      return { type: "group", children: mark(told, y, 10, colours.one, colours.paper) };
    };
    const option = {
      grid: { left: 8, right: 48, top: 16, bottom: 8, containLabel: true },
      xAxis: { type: "time", ...axis(colours) },
      yAxis: { type: "category", data: kept.map(({ row }) => plain(text(row[name.at]))), inverse: true, ...axis(colours) },
      tooltip: tooltip(colours),
      series: [{ type: "custom", encode: { x: [0, 1], y: 2 }, data, renderItem }],
    };
    option.yAxis.axisLabel = { ...option.yAxis.axisLabel, width: 260, overflow: "truncate" };
    const title = say("drawnTimeline", { value: name.name, across: date.name });
    return { made: { option, height: Math.max(200, 60 + 22 * kept.length) }, told: [`${title}.`, ...leftOut(rows, usable)], title };
  };
}

/** From when to when the date of a row may be: its bounds where it has some, else what the date says. */
function daysOf(row, date, bounds) {
  const [first, last] = [bounds.earliest, bounds.latest].map((at) => (row[at] ? span(row[at].value) : null));
  if (date.name === "date" && (first || last)) return { from: first?.from ?? null, to: last?.to ?? null };
  return row[date.at] ? span(row[date.at].value) : null;
}

function start(days) {
  return days.from ?? days.to;
}
