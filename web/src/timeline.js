// The timeline: lanes by kind, in them each thing as a mark and its label, behind them the phases and the wars.
import { install as CustomChart } from "echarts/lib/chart/custom/install.js";
import { installAxisBreak as AxisBreak } from "echarts/lib/component/axis/installBreak.js";
import { install as DataZoomInsideComponent } from "echarts/lib/component/dataZoom/installDataZoomInside.js";
import { install as GridComponent } from "echarts/lib/component/grid/install.js";
import { alpha, drawn, mark } from "./lib/marks.js";
import { cut, echarts, picture, tooltip } from "./lib/picture.js";

echarts.use([AxisBreak, CustomChart, DataZoomInsideComponent, GridComponent]);

const DAY = 86_400_000;
const YEAR = 365.25 * DAY;
const ROW = 15;
const [LEFT, RIGHT, TOP, FOOT] = [112, 16, 6, 62];
const NAME = 2; // a lane is at least as high as its name, which may have two lines
const LETTERS = 34;
const LETTER = 5.6;
const LONG_GAP = 8 * YEAR;
const GAP = 0.03;
const EDGE = 10; // what goes on beyond the years that are shown is drawn so far beyond their edge

picture("timeline", ({ items, bands, lanes, words, years }, look, width) => {
  const axis = axisOf([...items, ...bands], years);
  const room = width - LEFT - RIGHT;
  const place = placed(axis, room);
  const stack = stacked([["band", [words.behind, words.behind], bands], ...lanes.map(([kind, said]) => [kind, said, items.filter((one) => one.kind === kind)])], place, room);
  const colors = { band: look.soft, agreement: look.one, flow: look.two, training: look.three, exercise: look.four, event: look.six };
  const series = { type: "custom", coordinateSystem: "cartesian2d", encode: { x: 0, y: 1 } };
  return {
    height: TOP + stack.rows * ROW + FOOT,
    useUTC: true,
    tooltip: tooltip(look),
    grid: { left: LEFT, right: RIGHT, top: TOP, bottom: FOOT },
    xAxis: {
      type: "time",
      min: axis.first,
      max: axis.last,
      breaks: axis.breaks,
      splitNumber: 20,
      breakArea: { zigzagZ: -1, itemStyle: { color: look.raised, borderColor: look.edge, opacity: 1 } },
      axisLine: { onZero: false, lineStyle: { color: look.edge } },
      axisTick: { lineStyle: { color: look.edge } },
      axisLabel: { color: look.soft, hideOverlap: true, formatter: { year: "{yyyy}", month: "{MMM} {yyyy}", day: "{d} {MMM}", hour: "", minute: "", second: "" } },
      splitLine: { show: true, lineStyle: { color: look.line, opacity: 0.6 } },
    },
    yAxis: { show: false, min: 0, max: stack.rows, inverse: true },
    dataZoom: [{ type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, preventDefaultMouseMove: false, minValueSpan: 60 * DAY }],
    series: [
      { ...series, silent: true, z: 0, clip: true, data: bands.map((one) => ({ value: [0, 0], one })), renderItem: (params, api) => behind(params, api, bands[params.dataIndex], look) },
      { ...series, silent: true, z: 1, data: stack.lanes.map(() => [0, 0]), renderItem: (params, api) => lane(api, stack.lanes[params.dataIndex], look, width) },
      {
        ...series,
        z: 3,
        clip: true,
        data: stack.placed.map(({ one }) => ({ value: [axis.first, 0], page: one.page, tip: [one.label, ...one.told] })),
        renderItem: (params, api) => thing(params, api, stack.placed[params.dataIndex], colors, look, closer(api, axis, room)),
      },
      { ...series, silent: true, z: 2, data: [[0, 0]], renderItem: (params, api) => legend(api, words, look, width) },
    ],
  };
});

function time(day, past = false) {
  return day ? Date.parse(day) + (past ? DAY : 0) : null;
}

// The times that a span has, in order; what is open has none.
function times({ may, was }) {
  return [time(may[0]), time(may[1], true), ...(was ? [time(was[0]), time(was[1], true)] : [])].filter((one) => one !== null);
}

// From when to when the axis goes, and the long stretches of nothing that it leaves out.
function axisOf(things, [from, to]) {
  const spans = things.flatMap(({ spans }) => spans).map(times).map((all) => [Math.min(...all), Math.max(...all)]);
  spans.sort((a, b) => a[0] - b[0]);
  const [since, until] = [time(yearOf(from, "01-01")), time(yearOf(to, "12-31"), true)];
  const first = since ?? Math.min(spans[0][0], until ?? Infinity) - YEAR / 2;
  const breaks = [];
  let reached = since ?? spans[0][1];
  const leave = (start) => start - reached > LONG_GAP && breaks.push({ start: reached + YEAR / 2, end: start - YEAR / 2, gap: `${GAP * 100}%` });
  for (const [start, end] of spans) {
    leave(Math.min(start, until ?? start));
    reached = Math.max(reached, Math.min(end, until ?? end));
  }
  if (until) leave(until);
  return { first, last: until ?? reached + 1.5 * YEAR, breaks };
}

function yearOf(year, day) {
  return year && `${String(year).padStart(4, "0")}-${day}`;
}

// Where a time lies when all years are shown; ECharts places it when they are not.
function placed({ first, last, breaks }, room) {
  const away = breaks.reduce((sum, one) => sum + one.end - one.start, 0);
  const gap = ((last - first - away) * GAP) / (1 - GAP * breaks.length);
  const along = (at) => at - first - breaks.reduce((sum, one) => sum + (at >= one.end ? one.end - one.start - gap : 0), 0);
  return (at) => (along(at) / along(last)) * room;
}

// Gives each thing a row of its lane in which neither its mark nor its label meets another.
function stacked(given, place, room) {
  const placedThings = [];
  const lanes = [];
  let rows = 0;
  for (const [kind, said, things] of given) {
    if (!things.length) continue;
    const ends = [];
    const extents = things.map((one) => ({ one, kind, ...extent(one, place, room) })).sort((a, b) => a.start - b.start);
    const filled = [];
    for (const each of extents) {
      let row = ends.findIndex((end) => end < each.start);
      if (row < 0) row = ends.push(0) - 1;
      ends[row] = each.end + 8;
      (filled[row] ??= []).push({ ...each, row: rows + row });
    }
    placedThings.push(...filled.flatMap((row) => row.map((each, at) => ({ ...each, letters: lettersOf(each, row[at - 1], row[at + 1], room) }))));
    const high = Math.max(ends.length, NAME) + 0.6;
    lanes.push({ name: said[1], from: rows, rows: high });
    rows += high;
  }
  return { placed: placedThings, lanes, rows };
}

// How many letters of its label a thing has room for in its row: more than the least where nothing lies beside it.
function lettersOf({ side, mark }, before, after, room) {
  const free = side === "before" ? mark[0] - (before?.end ?? 0) : (after?.start ?? room) - (side === "on" ? Math.max(mark[0], 0) : mark[1]);
  return Math.max(LETTERS, Math.floor((free - 14) / LETTER));
}

// How many times closer than all years the reader looks.
function closer(api, { first, last }, room) {
  return Math.max((api.coord([last, 0])[0] - api.coord([first, 0])[0]) / room, 1);
}

function extent({ spans, label }, place, room) {
  const ranges = spans.map((span) => drawn(...pixels(span, within(spans, place, 0, room))));
  const start = Math.min(...ranges.map(([from]) => from));
  const end = Math.max(...ranges.map(([, to]) => to));
  const mark = [start, end];
  const wide = [...cut(label, LETTERS)].length * LETTER + 6;
  if (end + wide <= room) return { start, end: end + wide, side: "after", mark };
  if (start - wide >= 0) return { start: start - wide, end, side: "before", mark };
  return { start, end: Math.max(end, start + wide), side: "on", mark };
}

// Places times as `place` does, but none far beyond the room in which some of these spans lies.
function within(spans, place, from, to) {
  const seen = spans.some(({ may: [start, end] }) => (!start || place(time(start)) < to) && (!end || place(time(end, true)) > from));
  return seen ? (at) => Math.min(Math.max(place(at), from - EDGE), to + EDGE) : place;
}

function pixels({ may, was }, place) {
  const at = (day, past) => (day ? place(time(day, past)) : null);
  return [[at(may[0]), at(may[1], true)], was && [at(was[0]), at(was[1], true)]];
}

function thing(params, api, { one, kind, row, side, letters }, colors, look, zoom) {
  const { x: left, width } = params.coordSys;
  const x = within(one.spans, (at) => api.coord([at, 0])[0], left, left + width);
  const y = api.coord([0, row + 0.5])[1];
  const color = colors[kind];
  const high = one.spans.length > 1 ? 5 : 9;
  const ranges = [];
  const shapes = one.spans.flatMap((span, number) => {
    const [may, was] = pixels(span, x);
    ranges.push(drawn(may, was));
    const rise = one.spans.length > 1 ? (number - (one.spans.length - 1) / 2) * (high + 1) : 0;
    return mark({ may, was, about: span.about, unsure: span.unsure, day: span.may[0] && span.may[0] === span.may[1] }, y + rise, high, color, look.paper);
  });
  const start = Math.min(...ranges.map(([from]) => from));
  const end = Math.max(...ranges.map(([, to]) => to));
  if (ranges.length > 1) shapes.push(joined(ranges, y, high, color));
  shapes.push({
    type: "text",
    x: { after: end + 5, before: start - 5, on: Math.max(start, params.coordSys.x) + 6 }[side],
    y,
    style: { text: cut(one.label, Math.round(letters * zoom)), fill: look.ink, font: "11px system-ui, sans-serif", align: side === "before" ? "right" : "left", verticalAlign: "middle" },
  });
  return { type: "group", name: kind === "band" ? undefined : one.thing, children: shapes };
}

// Rival dates lie above each other; a line joins them where the first of them begins.
function joined(ranges, y, high, color) {
  const x = Math.min(...ranges.map(([from]) => from)) - 2;
  const reach = (ranges.length * (high + 1)) / 2;
  const feet = ranges.map(([from], number) => `M${x} ${y + (number - (ranges.length - 1) / 2) * (high + 1)}H${from}`);
  return { type: "path", shape: { pathData: `M${x} ${y - reach}V${y + reach}${feet.join("")}`, layout: "none" }, style: { stroke: color, lineWidth: 1, fill: "none" } };
}

function behind({ coordSys }, api, { kind, spans }, look) {
  const x = (at) => api.coord([at, 0])[0];
  const color = kind === "event" ? look.bad : look.soft;
  const boxes = spans.map((span) => {
    const [start, end] = drawn(...pixels(span, x));
    return { type: "rect", shape: { x: start, y: coordSys.y, width: end - start, height: coordSys.height }, style: { fill: alpha(color, 0.07) } };
  });
  return { type: "group", children: boxes };
}

function lane(api, { name, from, rows }, look, width) {
  const [top, foot] = [from, from + rows].map((row) => api.coord([0, row])[1]);
  const line = { type: "line", shape: { x1: 4, y1: foot, x2: width - RIGHT, y2: foot }, style: { stroke: look.edge, lineWidth: 0.5 } };
  const text = { type: "text", x: 4, y: top + 4, style: { text: name, fill: look.ink, font: "600 12px system-ui, sans-serif", width: LEFT - 14, overflow: "break", lineHeight: 14 } };
  return { type: "group", children: [line, text] };
}

function legend(api, words, look, width) {
  const y = api.getHeight() - 14;
  const samples = [
    ["day", { day: true, may: [0, 1] }],
    ["within", { may: [0, 26] }],
    ["lasts", { may: [0, 26], was: [0, 26] }],
    ["open", { may: [0, null], was: [0, null] }],
    ["about", { may: [0, 26], about: true }],
    ["unsure", { may: [0, 26], unsure: true }],
  ];
  const children = [];
  let x = LEFT;
  const write = (word, wide) => {
    children.push({ type: "text", x: x + wide + 6, y, style: { text: words[word], fill: look.soft, font: "11px system-ui, sans-serif", verticalAlign: "middle" } });
    x += wide + 6 + words[word].length * LETTER + 18;
  };
  for (const [word, span] of samples) {
    const at = (range) => range && range.map((one) => one && one + x).map((one, number) => (range[number] === 0 ? x : one));
    children.push(...mark({ ...span, may: at(span.may), was: at(span.was) }, y, 9, look.soft, look.paper));
    write(word, span.day ? 6 : span.may[1] ?? 34);
  }
  const rivals = [[x + 2, x + 14], [x + 10, x + 22]];
  rivals.forEach((may, number) => children.push(...mark({ may }, y + (number - 0.5) * 6, 5, look.soft, look.paper)));
  children.push(joined(rivals, y, 5, look.soft));
  write("rival", 22);
  return { type: "group", children };
}
