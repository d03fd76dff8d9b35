// What the editor offers: classes, the properties that things of the subject's class have, prefixes, variables, keywords.
import { declaring } from "./prefixes.js";
import { declared, placed, tokens } from "./tokens.js";
import { say, written } from "./words.js";

const KEYWORDS =
  "SELECT DISTINCT WHERE ASK CONSTRUCT DESCRIBE OPTIONAL UNION MINUS FILTER BIND VALUES GRAPH EXISTS NOT IN AS ORDER BY GROUP HAVING LIMIT OFFSET ASC DESC COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT STR LANG DATATYPE BOUND REGEX CONTAINS STRSTARTS YEAR COALESCE IF PREFIX".split(
    " ",
  );
const WORD = /(?:[\p{L}_][\p{L}\d_.-]*)?:?[\p{L}\d_.-]*$|[?$][\p{L}\d_]*$/u;
const VALID = /^[\p{L}\d_.:?$-]*$/u;

/** A source of completions; `vocabulary` is a promise of what the server knows. */
export function completing(vocabulary) {
  return async (context) => {
    const text = context.state.doc.toString();
    const found = tokens(text);
    if (found.some((one) => within(one, context.pos))) return null;
    const word = context.matchBefore(WORD) ?? { from: context.pos, text: "" };
    if (!word.text && !context.explicit) return null;
    const known = await vocabulary;
    const options = offered(known, found, word, text);
    return options.length ? { from: word.from, options, validFor: VALID } : null;
  };
}

/** Whether `at` is inside a comment, a string or an IRI, also one that has no end yet. */
function within({ kind, text, from, to }, at) {
  if (from >= at || at > to || !["comment", "string", "iri"].includes(kind)) return false;
  const open = kind === "comment" || (kind === "string" && (text.length === 1 || text.at(-1) !== text[0]));
  return at < to || open;
}

function offered(known, found, word, text) {
  const { prefixes } = declared(found);
  const others = found.filter((one) => one.from !== word.from);
  const { role, subject, verb, classes } = placed(others, word.from, prefixes);
  const before = others.filter((one) => one.to <= word.from && one.kind !== "comment").at(-1);
  if (before?.text.toUpperCase() === "PREFIX") return declarations(known);
  if (/^[?$]/.test(word.text)) return variables(others);
  if (role === "property") {
    const pairs = propertiesOf(known, classes.get(subject) ?? []);
    const type = { label: "a", type: "keyword", detail: "rdf:type", boost: 50 };
    return [...(word.text.includes(":") ? [] : [type]), ...pairs.map((one, at) => named(known, one, "property", say("uses"), at))];
  }
  if (role === "object" && verb?.endsWith("#type"))
    return [...known.classes].sort((one, other) => other.count - one.count).map((one, at) => named(known, one, "class", say("things"), at));
  const words = KEYWORDS.map((one) => ({ label: one, type: "keyword", boost: -20 }));
  return word.text.includes(":") ? all(known) : [...variables(others), ...words, ...prefixed(known)];
}

/** The properties that things of all of `classes` have, the most used first; all properties where no class is known. */
function propertiesOf(known, classes) {
  const of = known.classes.filter((one) => classes.includes(one.iri));
  if (!of.length) return [...known.properties].sort((one, other) => other.count - one.count);
  const counts = of.map((one) => new Map(one.properties));
  return [...counts[0]]
    .filter(([place]) => counts.every((one) => one.has(place)))
    .map(([place, count]) => ({ ...known.properties[place], count }));
}

function all(known) {
  return [
    ...known.classes.map((one) => named(known, one, "class", say("things"))),
    ...known.properties.map((one) => named(known, one, "property", say("uses"))),
  ];
}

/** Offer a class or a property by its name with a prefix; choosing it declares the prefix. */
function named(known, { iri, label, count }, type, what, at = 0) {
  const prefix = prefixOf(known, iri);
  const name = prefix === null ? `<${iri}>` : `${prefix}:${iri.slice(known.prefixes[prefix].length)}`;
  return {
    label: name,
    type,
    detail: `${label ? `${label}, ` : ""}${written(count)} ${what}`,
    boost: Math.max(-40, 40 - at),
    apply: (view, _, from, to) => chosen(view, name, prefix, from, to, known),
  };
}

function chosen(view, name, prefix, from, to, known) {
  const line = prefix === null ? null : declaring(view.state.doc.toString(), prefix, known.prefixes);
  const end = from + name.length + (line && line.from <= from ? line.insert.length : 0);
  view.dispatch({
    changes: [{ from, to, insert: name }, ...(line ? [line] : [])],
    selection: { anchor: end },
    userEvent: "input.complete",
  });
}

function prefixOf(known, iri) {
  const fits = Object.entries(known.prefixes).filter(([, start]) => iri.startsWith(start) && /^[\w-]+$/.test(iri.slice(start.length)));
  return fits.length ? fits.reduce((one, other) => (other[1].length > one[1].length ? other : one))[0] : null;
}

function prefixed(known) {
  return Object.entries(known.prefixes).map(([prefix, iri]) => ({ label: `${prefix}:`, type: "namespace", detail: iri, boost: -10 }));
}

function declarations(known) {
  return Object.entries(known.prefixes).map(([prefix, iri]) => ({
    label: `${prefix}:`,
    type: "namespace",
    detail: iri,
    apply: `${prefix}: <${iri}>`,
  }));
}

function variables(found) {
  const names = new Set(found.filter((one) => one.kind === "variable").map((one) => one.text));
  return [...names].map((label) => ({ label, type: "variable" }));
}
