// Asks the server: a query that can be given up at any moment, and what things are called.
import { triples } from "./terms.js";
import { say } from "./words.js";

const MOST = 32;
/** So many MB of an answer are read; what is larger is for a download. */

const ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9";

/** Why there is no answer: `told`, and where in the query, if the server says so. */
export class Fault extends Error {
  constructor(told, place = {}) {
    super(told);
    Object.assign(this, { told, ...place });
  }
}

/** Ask `query`; the answer is whole, or a Fault says why there is none. Aborting `signal` ends the query there too. */
export async function ask(query, signal) {
  const begun = performance.now();
  const answer = await posted(query, ACCEPT, signal);
  const revision = answer.headers.get("Aidtrace-Revision") ?? "";
  if (!answer.ok) throw await problem(answer);
  const text = await whole(answer, signal);
  const seconds = (performance.now() - begun) / 1000;
  const graph = answer.headers.get("Content-Type").startsWith("application/n-triples");
  return { ...(graph ? triples(text) : table(text)), seconds, revision };
}

/** The English labels of `iris`, by IRI. */
export async function labels(iris) {
  const values = iris.filter((one) => !/[<>"{}|^`\\\s]/.test(one)).map((one) => `<${one}>`).join(" ");
  if (!values) return new Map();
  const query = `SELECT ?thing (MIN(STR(?name)) AS ?label) {
    VALUES ?thing { ${values} }
    ?thing <http://www.w3.org/2000/01/rdf-schema#label> ?name FILTER (LANG(?name) IN ("en", ""))
  } GROUP BY ?thing`;
  try {
    const answer = await posted(query, ACCEPT);
    const { results } = await answer.json();
    return new Map(results.bindings.map((row) => [row.thing.value, row.label.value]));
  } catch {
    return new Map();
  }
}

/** Those of `iris` that some triple has, or null where that is not known. */
export async function used(iris) {
  const values = iris.map((one) => `<${one}>`).join(" ");
  const query = `SELECT ?term { VALUES ?term { ${values} }
    FILTER (EXISTS { ?term ?p ?o } || EXISTS { ?s ?term ?o } || EXISTS { ?s ?p ?term }) }`;
  try {
    const answer = await posted(query, ACCEPT);
    const { results } = await answer.json();
    return new Set(results.bindings.map((row) => row.term.value));
  } catch {
    return null;
  }
}

function posted(query, accept, signal) {
  const headers = { Accept: accept, "Content-Type": "application/sparql-query" };
  return fetch("/sparql", { method: "POST", body: query, headers, signal }).catch((error) => {
    throw error.name === "AbortError" ? error : new Fault(say("unreached"));
  });
}

async function problem(answer) {
  try {
    const { detail, title, line, column } = await answer.json();
    const told = line ? detail.replace(/^\d+:\d+: /, "") : detail;
    return new Fault(told || title, line ? { line, column } : {});
  } catch {
    return new Fault(`${answer.status} ${answer.statusText}`);
  }
}

async function whole(answer, signal) {
  const reader = answer.body.getReader();
  const pieces = [];
  let size = 0;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      size += piece.value.length;
      if (size > MOST << 20) {
        await reader.cancel();
        throw new Fault(say("large", { size: MOST }), { large: true });
      }
      pieces.push(piece.value);
    }
  } catch (error) {
    if (error instanceof Fault || signal?.aborted) throw error;
    throw new Fault(say("broken"));
  }
  return new Blob(pieces).text();
}

function table(text) {
  const { head, results, boolean } = parsed(text);
  if (boolean !== undefined) return { kind: "truth", truth: boolean };
  const rows = results.bindings.map((row) => head.vars.map((name) => row[name] ?? null));
  return { kind: "table", columns: head.vars, rows };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault(say("broken"));
  }
}
