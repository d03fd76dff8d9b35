// A date as a mark: hollow where a thing may have been, filled where it was, and open where no bound is told.

const OPEN = 34;
const LEAST = 6;

/** The shapes of one span at a height `y`: `may` and `was` are ranges in pixels, null where they are open. */
export function mark({ may, was, about, unsure, day }, y, high, color, faint) {
  const [start, end] = drawn(may, was);
  const line = { stroke: color, lineWidth: unsure ? 1.5 : 1, lineDash: unsure ? [3, 2] : null };
  if (day && end - start < high) return exact((start + end) / 2, y, high, about, { ...line, fill: unsure ? faint : color });
  const box = (from, to, style) => ({ type: "rect", shape: { x: from, y: y - high / 2, width: to - from, height: high }, style });
  const shapes = [];
  const [first, last] = [may[0] ?? was?.[1] ?? null, may[1] ?? was?.[0] ?? null];
  const [from, to] = [first === null || may[0] !== null ? start : first, last === null || may[1] !== null ? end : last];
  if (to > from) shapes.push(box(from, to, { fill: fading([first, last], color, 0.22), ...(first === null || last === null ? {} : line) }));
  if (first === null || last === null) shapes.push(outline([first, last], start, end, y, high, line));
  if (was && (was[1] ?? end) > (was[0] ?? start)) shapes.push(box(was[0] ?? start, was[1] ?? end, { fill: fading(was, color, 1) }));
  if (about) shapes.push(hatch(start, end, y, high, color));
  if (may[0] === null) shapes.push(arrow(start, y, -1, high, color));
  if (may[1] === null) shapes.push(arrow(end, y, 1, high, color));
  return shapes;
}

/** From where to where a span is drawn. */
export function drawn(may, was) {
  let [start, end] = may;
  if (start === null && end === null) return [0, 0];
  if (end === null) end = Math.max(start, was?.[0] ?? start) + OPEN;
  if (start === null) start = Math.min(end, was?.[1] ?? end) - OPEN;
  const missing = Math.max(LEAST - (end - start), 0) / 2;
  return [start - missing, end + missing];
}

function exact(x, y, high, about, style) {
  const hatched = about ? [hatch(x - high / 2, x + high / 2, y, high, style.stroke)] : [];
  return [lozenge(x, y, high, style), ...hatched];
}

function lozenge(x, y, high, style) {
  const reach = high / 2 + 1;
  return { type: "polygon", shape: { points: [[x, y - reach], [x + reach, y], [x, y + reach], [x - reach, y]] }, style };
}

function fading([start, end], color, strength) {
  if (start !== null && end !== null) return alpha(color, strength);
  const stops = [alpha(color, start === null ? 0 : strength), alpha(color, end === null ? 0 : strength)];
  return { type: "linear", x: 0, y: 0, x2: 1, y2: 0, colorStops: stops.map((one, offset) => ({ offset, color: one })) };
}

// Three sides of a box: the open one has none.
function outline([first], start, end, y, high, style) {
  const [shut, open] = first === null ? [end, start] : [start, end];
  const most = shut + (open - shut) * 0.6;
  const points = [[most, y - high / 2], [shut, y - high / 2], [shut, y + high / 2], [most, y + high / 2]];
  return { type: "polyline", shape: { points }, style: { ...style, fill: "none" } };
}

function arrow(x, y, way, high, color) {
  const back = x - (way * high) / 2;
  return { type: "polyline", shape: { points: [[back, y - high / 2], [x, y], [back, y + high / 2]] }, style: { stroke: color, lineWidth: 1.5, fill: "none" } };
}

function hatch(start, end, y, high, color) {
  const [top, foot] = [y - high / 2, y + high / 2];
  const lines = [];
  for (let x = start - high + 2; x < end; x += 4) {
    const from = Math.max(x, start);
    const to = Math.min(x + high, end);
    if (to > from) lines.push(`M${from} ${foot - (from - x)}L${to} ${top + (x + high - to)}`);
  }
  return { type: "path", shape: { pathData: lines.join("") || `M${start} ${y}`, layout: "none" }, style: { stroke: color, lineWidth: 1, fill: "none" } };
}

/** A colour (#rrggbb) that lets so much of what is behind it through. */
export function alpha(color, strength) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${strength})`;
}
