// The two pictures of the mechanism: its steps with their evidence, and the causes that lead to its outcomes.
import { columns } from "./lib/columns.js";
import { picture } from "./lib/picture.js";

const DOTTED = [1.5, 3];
const DASHED = [6, 4];

picture("mechanism", ({ nodes, edges, words }, look) =>
  columns(nodes.map((one) => stepNode(one, words, look)), edges.map((one) => stepEdge(one, words, look)), look),
);
picture("causes", ({ nodes, edges, words }, look) =>
  columns(nodes.map((one) => factorNode(one, look)), edges.map((one) => causeEdge(one, words, look)), look),
);

function stepNode({ kind, text, dates, authors, ...one }, words, look) {
  if (kind !== "fact") {
    const style = { fill: look.raised, stroke: look.one, ink: look.ink, bold: true, width: 2, dash: kind === "side" ? DASHED : undefined };
    return { ...one, text, told: text, style };
  }
  const date = dates.join("; ") || words.undated;
  const style = { fill: look.paper, stroke: look.edge, ink: look.ink, dash: authors ? undefined : DOTTED };
  return { ...one, text: `${date} · ${text}`, told: `${date}\n${text}\n${authors ? words.authors : words.curator}`, style };
}

function stepEdge({ from, to, authors, said }, words, look) {
  if (said === undefined) return { path: [from, to], end: "", style: { stroke: look.edge, dash: authors ? undefined : DOTTED, width: 1.5 } };
  const told = `${words.order} ${said}`;
  return { path: [from, to], end: "arrow", word: said, above: true, told, style: { stroke: look.one, ink: look.ink, width: 2 } };
}

function factorNode({ kind, text, ...one }, look) {
  const last = kind === "outcome";
  const style = { fill: last ? look.raised : look.paper, stroke: last ? look.one : look.edge, ink: look.ink, bold: last, width: last ? 2 : 1 };
  return { ...one, text, told: text, style };
}

function causeEdge({ route, text, polarity, hedged, statements, page }, words, look) {
  const positive = polarity === "positive";
  const told = [text, ...statements.map((one) => statement(one, words))].join("\n");
  const style = { stroke: positive ? look.soft : look.bad, ink: look.bad, dash: hedged ? DASHED : undefined };
  return { path: route, end: positive ? "arrow" : "bar", word: positive ? "" : polarity, told, page, style };
}

function statement({ polarity, hedges, who, paragraphs, with: others }, words) {
  const together = others.length ? ` ${words.together} ${others.join(", ")}` : "";
  const reserve = hedges.length ? `${words.hedged} ${hedges.join(", ")}` : words.firm;
  return `${polarity}, ${reserve}${together} (${who.join(", ")}; ${paragraphs.join(", ")})`;
}
