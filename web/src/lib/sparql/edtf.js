// Dates as results have them, from the first to the last day that they may mean: EDTF, or a day with a time.
const PLAIN = /^(-?\d{3}[\dX]|\d{2}XX)(?:-(\d{2})(?:-(\d{2}))?)?(?:T\S*|Z|[+-]\d{2}:\d{2})?$/;
const PARTS = { 21: [2, 4], 22: [5, 7], 23: [8, 10], 24: [-1, 13] }; // the seasons; a winter may be that before or behind

/** `from` and `to` in milliseconds, null where a side is open; null where `text` is no date. Several are told apart by |. */
export function span(text) {
  const all = text.split(" | ").map(one);
  if (!all.every(Boolean)) return null;
  const side = (name, most) => (all.some((each) => each[name] === null) ? null : most(...all.map((each) => each[name])));
  return { from: side("from", Math.min), to: side("to", Math.max) };
}

function one(text) {
  const bare = text.trim().replace(/[?~%]/g, "");
  const inner = /^\[(.*)\]$|^\{(.*)\}$/.exec(bare);
  const parts = inner ? (inner[1] ?? inner[2]).split(",") : [bare];
  const found = parts.map((part) => between(part.trim()));
  if (!found.every(Boolean)) return null;
  return { from: found[0].from, to: found.at(-1).to };
}

function between(text) {
  const [, begin, end] = /^(.*?)\/(.*)$/.exec(text) ?? /^(.*?)\.\.(.*)$/.exec(text) ?? [null, text, text];
  const open = (side) => side === "" || side === "..";
  const [first, last] = [open(begin) ? { from: null } : days(begin), open(end) ? { to: null } : days(end)];
  if (!first || !last || (open(begin) && open(end))) return null;
  return { from: first.from, to: last.to };
}

function days(text) {
  const found = PLAIN.exec(text);
  if (!found) return null;
  const [, year, month, day] = found;
  const [low, high] = [Number(year.replace(/X/g, "0")), Number(year.replace(/X/g, "9"))];
  if (!month) return { from: at(low, 0, 1), to: at(high, 11, 31) };
  if (PARTS[month]) return { from: at(low, PARTS[month][0], 1), to: at(high, PARTS[month][1] + 1, 0) };
  if (month < 1 || month > 12) return null;
  return day ? { from: at(low, month - 1, Number(day)), to: at(high, month - 1, Number(day)) } : { from: at(low, month - 1, 1), to: at(high, month, 0) };
}

function at(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime();
}
