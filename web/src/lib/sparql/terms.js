// Terms of RDF as a reader sees them, and a graph as a table of its triples.
const ID = "https://w3id.org/aidtrace/id/";
const GRAPH = "https://w3id.org/aidtrace/graph/";
const OURS = "https://w3id.org/aidtrace/";
const NUMBERS = /^http:\/\/www\.w3\.org\/2001\/XMLSchema#(?:integer|decimal|double|float)$/;
const TERM = /<([^>]*)>|(_:\S+)|"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?/g;
const ESCAPED = /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g;
const CONTROLS = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** Read N-Triples; a triple that is there twice counts once. */
export function triples(text) {
  const lines = new Set(text.split("\n").filter(Boolean));
  const rows = [...lines].map((line) => [...line.matchAll(TERM)].slice(0, 3).map(term));
  return { kind: "graph", columns: ["subject", "predicate", "object"], rows };
}

function term([, iri, node, text, language, datatype]) {
  if (iri !== undefined) return { type: "uri", value: plain(iri) };
  if (node !== undefined) return { type: "bnode", value: node };
  const more = language ? { "xml:lang": language } : datatype ? { datatype } : {};
  return { type: "literal", value: plain(text), ...more };
}

function plain(text) {
  return text.replace(ESCAPED, (_, four, eight, one) => (one ? (CONTROLS[one] ?? one) : String.fromCodePoint(parseInt(four ?? eight, 16))));
}

/** The number that a term is, or null; a text of digits ("0640") is a text. */
export function numberOf(one) {
  if (one?.type !== "literal" || !NUMBERS.test(one.datatype ?? "")) return null;
  const number = Number(one.value);
  return Number.isFinite(number) ? number : null;
}

/** A term as text: the label of a thing, or its short name. */
export function textOf(one, names, prefixes) {
  if (!one) return "";
  if (one.type !== "uri") return one.value;
  return names.get(one.value) ?? short(one.value, prefixes);
}

/** Where the page of a term is: here, elsewhere, or nowhere. */
export function addressOf(one) {
  if (one?.type !== "uri") return null;
  const { value } = one;
  if (value.startsWith(ID)) return `/page/${encoded(value.slice(ID.length))}`;
  if (value.startsWith(GRAPH)) return `/graph/${encoded(value.slice(GRAPH.length))}`;
  return /^https?:\/\//.test(value) && !value.startsWith(OURS) ? value : null;
}

function encoded(path) {
  return path.split("/").map(encodeURIComponent).join("/");
}

function short(iri, prefixes) {
  if (iri.startsWith(ID)) return iri.slice(ID.length);
  const found = Object.entries(prefixes).find(([, start]) => iri.startsWith(start) && iri !== start);
  return found ? `${found[0]}:${iri.slice(found[1].length)}` : iri;
}
