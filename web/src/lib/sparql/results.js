// A result on the page: how much there is of it, a table that can be sorted and leafed through, pictures, downloads.
import { labels } from "./asking.js";
import { unknown } from "./misspelt.js";
import { prefixes } from "./prefixes.js";
import { addressOf, numberOf, textOf } from "./terms.js";
import { element, say, written } from "./words.js";

const PAGE = 100;
const NAMED = 5000;
/** So many things are asked for what they are called. */

const TABLES = { csv: "CSV", tsv: "TSV", json: "JSON", xml: "XML" };
const GRAPHS = { turtle: "Turtle", jsonld: "JSON-LD", ntriples: "N-Triples", rdfxml: "RDF/XML" };
const SUFFIXES = { turtle: "ttl", ntriples: "nt", rdfxml: "rdf" };
const LONGEST = 30_000;
/** So many characters an address may have. */

const order = new Intl.Collator(document.documentElement.lang || "en");

/** The address of a query on this site. */
export function address(query, more = {}) {
  return `/sparql?${new URLSearchParams({ query, ...more })}`;
}

/** Whether a query fits into an address. */
export function fits(query) {
  return address(query).length < LONGEST;
}

/** Show `result` of `query` in `section`; where it is empty, say which names of the query are not `known`. Nothing is shown that is not `wanted`. */
export async function showResult(section, query, result, { known, wanted }) {
  const hints = empty(result) ? await unknown(query, await known) : [];
  if (!wanted()) return;
  if (result.kind === "truth") {
    section.replaceChildren(heading("result"), element("p", { class: "lead" }, say(result.truth ? "yes" : "no")), said(result), ...hints.map(hint), links(query, result));
    return;
  }
  const names = await labels([...new Set(result.rows.flat().filter((one) => one?.type === "uri").map((one) => one.value))].slice(0, NAMED));
  if (!wanted()) return;
  const grid = new Grid(result, (one) => textOf(one, names, prefixes));
  const shown = element("div", {}, grid.root);
  section.replaceChildren(heading("result"), said(result), ...hints.map(hint), links(query, result), shown);
  const found = (await import("./views.js")).views(result, grid.text);
  if (found.length) shown.before(switches(found, shown, grid));
}

/** Say in `section` why there is no result; `go` leads to the place in the query, where there is one. */
export function showFault(section, query, fault, go) {
  const place = fault.line ? `${say("place", fault)} ` : "";
  const told = element("p", { class: "bad" }, place, fault.told);
  const line = fault.line ? element("p", {}, element("button", { type: "button", click: go }, say("go"))) : null;
  section.replaceChildren(...[heading("refused"), told, line, fault.large ? links(query, { kind: "table" }) : null].filter(Boolean));
}

/** Whether nothing was found: no row, no triple, "no", or a row that counts nothing. */
function empty({ kind, truth, rows }) {
  if (kind === "truth") return !truth;
  return !rows.length || (rows.length === 1 && rows[0].every((one) => one === null || numberOf(one) === 0));
}

function hint({ term, near }) {
  return element("p", { class: "hint" }, say(near ? "unusedNear" : "unused", { term, near }));
}

function heading(name) {
  return element("h2", {}, say(name));
}

function said({ kind, rows, seconds, revision }) {
  const count = { table: "rows", graph: "triples" }[kind];
  const parts = count ? [say(count, { count: rows.length }), say("complete")] : [];
  return element("p", { class: "count" }, [...parts, say("seconds", { seconds: seconds.toFixed(2) }), say("revision", { revision })].join(", "));
}

function links(query, { kind, revision }) {
  if (!fits(query)) return element("p", { class: "links" }, say("long"));
  const formats = Object.entries(kind === "graph" ? GRAPHS : TABLES).flatMap(([format, called]) => [
    element("a", { href: address(query, { format }), download: `result.${SUFFIXES[format] ?? format}` }, called),
    " ",
  ]);
  const more = revision ? [" · ", element("a", { href: address(query, { revision }) }, say("pinned"))] : [];
  const copy = element("button", { type: "button", click: () => copied(copy, query) }, say("copy"));
  return element("p", { class: "links" }, say("download"), " ", ...formats, "· ", element("a", { href: address(query) }, say("same")), ...more, " ", copy);
}

async function copied(button, query) {
  const state = document.getElementById("state");
  state.classList.remove("unseen");
  try {
    await navigator.clipboard.writeText(new URL(address(query), location.href).href);
    state.textContent = say("copied");
  } catch {
    state.textContent = say("uncopied");
  }
}

/** Buttons that change between the table and pictures of it. */
function switches(found, shown, grid) {
  const bar = element("div", { class: "views", role: "group", "aria-label": say("views") });
  const press = (chosen) => bar.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === chosen)));
  const table = element("button", { type: "button", "aria-pressed": "true", click: () => (press(table), shown.replaceChildren(grid.root)) }, say("table"));
  const others = found.map(({ name, draw }) => {
    const one = element("button", { type: "button", "aria-pressed": "false", click: async () => (press(one), shown.replaceChildren(await draw())) }, say(name));
    return one;
  });
  bar.append(table, ...others);
  return bar;
}

/** The rows as a table, a page of them at a time, in the order of a column. */
class Grid {
  constructor(result, text) {
    this.result = result;
    this.text = text;
    this.rows = result.rows;
    this.sorted = null;
    this.offset = 0;
    this.root = element("div");
    this.show();
  }

  show(focus) {
    const { columns } = this.result;
    const head = element("tr", {}, ...columns.map((name, at) => this.header(name, at)));
    const body = this.rows.slice(this.offset, this.offset + PAGE).map((row) => element("tr", {}, ...row.map((one) => this.cell(one))));
    const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
    const wide = element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("tableOf") }, table);
    this.root.replaceChildren(wide, ...(this.rows.length > PAGE ? [this.pager()] : []));
    if (focus) this.root.querySelector(focus)?.focus();
  }

  header(name, at) {
    const sort = this.sorted?.at === at ? (this.sorted.down ? "descending" : "ascending") : "none";
    const button = element("button", { type: "button", class: "sort", "data-at": at, "aria-label": say("sort", { column: name }), click: () => this.sort(at) }, name);
    return element("th", { scope: "col", "aria-sort": sort }, button);
  }

  cell(one) {
    const text = this.text(one);
    const target = addressOf(one);
    const inside = target ? element("a", { href: target, rel: target.startsWith("/") ? undefined : "noreferrer" }, text) : text;
    return element("td", { class: numberOf(one) === null ? undefined : "number" }, element("bdi", { lang: one?.["xml:lang"] }, inside));
  }

  sort(at) {
    const down = this.sorted?.at === at && !this.sorted.down;
    const keys = new Map(this.result.rows.map((row) => [row, key(row[at], this.text)]));
    const rows = [...this.result.rows].sort((one, other) => compared(keys.get(one), keys.get(other)));
    Object.assign(this, { rows: down ? rows.reverse() : rows, sorted: { at, down }, offset: 0 });
    this.show(`[data-at="${at}"]`);
  }

  pager() {
    const last = Math.min(this.offset + PAGE, this.rows.length);
    const to = (offset, name) => element("button", { type: "button", "data-to": name, disabled: offset < 0 || offset >= this.rows.length, click: () => this.turn(offset, name) }, say(name));
    const where = say("shown", { first: written(this.offset + 1), last: written(last), count: written(this.rows.length) });
    return element("nav", { class: "pager", "aria-label": say("pages") }, to(this.offset - PAGE, "before"), element("span", { role: "status" }, where), to(this.offset + PAGE, "behind"));
  }

  turn(offset, name) {
    this.offset = offset;
    this.show(`[data-to="${name}"]`);
  }
}

/** Sort what is not bound first, then numbers, then the rest as it reads. */
function key(one, text) {
  const number = numberOf(one);
  return one === null ? [0, 0, ""] : number === null ? [2, 0, text(one)] : [1, number, ""];
}

function compared([kind, number, text], [otherKind, otherNumber, otherText]) {
  return kind - otherKind || number - otherNumber || order.compare(text, otherText);
}
