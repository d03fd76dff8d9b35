// Names of a query that nothing bears, each with the name that is nearest to it.
import { used } from "./asking.js";
import { declared, expanded, tokens } from "./tokens.js";

/** The names in `query` that are in a namespace of `known` and that no triple has, as written: `term` and `near`. */
export async function unknown(query, known) {
  const found = tokens(query).filter((one) => one.kind !== "comment");
  const { prefixes } = declared(found);
  const words = [...known.classes, ...known.properties].map((one) => one.iri);
  const spaces = Object.entries(known.prefixes).filter(([, start]) => words.some((one) => one.startsWith(start) && /^[\w-]+$/.test(one.slice(start.length))));
  const asked = new Map();
  for (const token of found) {
    const iri = ["name", "iri"].includes(token.kind) ? expanded(token, prefixes) : null;
    const space = spaces.find(([, start]) => iri?.startsWith(start) && /^[\w-]+$/.test(iri.slice(start.length)));
    if (space && !words.includes(iri)) asked.set(iri, space);
  }
  const there = asked.size ? await used([...asked.keys()]) : null;
  if (!there) return [];
  return [...asked].filter(([iri]) => !there.has(iri)).map(([iri, [prefix, start]]) => {
    const near = nearest(iri.slice(start.length), words.filter((one) => one.startsWith(start)).map((one) => one.slice(start.length)));
    return { term: `${prefix}:${iri.slice(start.length)}`, near: near && `${prefix}:${near}` };
  });
}

function nearest(name, others) {
  const most = Math.max(1, Math.floor(name.length / 3));
  const ranked = others.map((one) => [distance(name.toLowerCase(), one.toLowerCase()), one]).sort((one, other) => one[0] - other[0]);
  return ranked.length && ranked[0][0] <= most ? ranked[0][1] : "";
}

/** How many letters have to be put in, taken out or changed to make `one` of `other`. */
function distance(one, other) {
  let row = [...Array(other.length + 1).keys()];
  [...one].forEach((letter, at) => {
    const next = [at + 1];
    for (let place = 1; place <= other.length; place++)
      next.push(Math.min(row[place] + 1, next[place - 1] + 1, row[place - 1] + (letter === other[place - 1] ? 0 : 1)));
    row = next;
  });
  return row.at(-1);
}
