// Which pictures of a result there can be: a chart where a column has numbers, a timeline where one has dates, a map
// where one has points.
import { span } from "./edtf.js";
import { numberOf } from "./terms.js";
import { pointOf } from "./wkt.js";

/** The pictures that the columns of `result` allow; ECharts is loaded when the first of them is drawn. */
export function views(result, text) {
  if (result.kind !== "table" || !result.rows.length) return [];
  const columns = result.columns.map((name, at) => ({ name, at, ...kinds(result.rows, at) }));
  const across = columns.filter((one) => one.filled && !(one.numeric && !one.years));
  const values = columns.filter((one) => one.numeric).sort((one, other) => one.years - other.years);
  const dates = columns.filter((one) => one.dated);
  const points = columns.filter((one) => one.placed);
  const names = columns.filter((one) => one.filled && !one.numeric && !one.dated && !one.placed);
  const found = [];
  if (values.length && (across.some((one) => one.at !== values[0].at) || values.length > 1)) {
    const along = [...across, ...values.slice(1)].filter((one, at, all) => all.indexOf(one) === at);
    found.push({ name: "chart", draw: async () => (await import("./chart.js")).chart(result, text, along, values) });
  }
  if (dates.length && names.length) found.push({ name: "timeline", draw: async () => (await import("./chart.js")).timeline(result, text, dates, names, bounds(columns)) });
  if (points.length && names.length) found.push({ name: "map", draw: async () => (await import("./places.js")).map(result, text, points, names) });
  return found;
}

/** Where the columns are that tell the first and the last day of the column "date", as those of our questions do. */
function bounds(columns) {
  const place = (name) => columns.find((one) => one.name === name && one.dated)?.at;
  return { earliest: place("earliest"), latest: place("latest") };
}

/** What the bound values of a column are. */
function kinds(rows, at) {
  const bound = rows.map((row) => row[at]).filter(Boolean);
  const numbers = bound.map(numberOf);
  const numeric = bound.length > 0 && numbers.every((one) => one !== null);
  const years = numeric && numbers.every((one) => Number.isInteger(one) && one > 1500 && one < 2200);
  const dated = bound.length > 0 && bound.every((one) => one.type === "literal" && span(one.value) !== null) && (!numeric || years);
  const placed = bound.length > 0 && bound.every((one) => pointOf(one) !== null);
  return { filled: bound.length > 0, numeric, years, dated, placed };
}
