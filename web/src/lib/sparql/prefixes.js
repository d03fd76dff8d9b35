// PREFIX lines that write themselves: a known prefix that is used is declared, below those that are there already.
import { declared, tokens } from "./tokens.js";

/** The namespaces that are known, by their prefixes. */
export const prefixes = JSON.parse(document.getElementById("prefixes").textContent);

/** The change that declares `prefix` in `text`, or null where it is declared already or not known. */
export function declaring(text, prefix, known) {
  const { prefixes: there, end } = declared(tokens(text));
  if (there.has(prefix) || known[prefix] === undefined) return null;
  const line = `PREFIX ${prefix}: <${known[prefix]}>`;
  if (end) return { from: end, insert: `\n${line}` };
  const comments = /^(?:[ \t]*#[^\n]*\n|[ \t]*\n)*/.exec(text)[0].length;
  return { from: comments, insert: `${line}\n` };
}

/** The changes that declare all known prefixes that `text` uses without declaring them. */
export function missing(text, known) {
  const found = tokens(text);
  const { prefixes: there, end } = declared(found);
  const used = new Set(found.filter((one) => one.kind === "name").map((one) => one.text.slice(0, one.text.indexOf(":"))));
  const lines = [...used].filter((one) => !there.has(one) && known[one] !== undefined);
  if (!lines.length) return null;
  const written = lines.map((one) => `PREFIX ${one}: <${known[one]}>`).join("\n");
  if (end) return { from: end, insert: `\n${written}` };
  return { from: declaring(text, lines[0], known).from, insert: `${written}\n` };
}

/** Whether the colon at `at` has just ended the prefix of a name, rather than stands in a text or a declaration. */
export function begun(text, at) {
  const found = tokens(text);
  const place = found.findIndex((one) => one.from < at && one.to >= at);
  const token = found[place];
  if (token?.kind !== "name" || token.text.indexOf(":") !== at - 1 - token.from) return null;
  const before = found[place - 1];
  return before?.kind === "word" && before.text.toUpperCase() === "PREFIX" ? null : token.text.slice(0, at - 1 - token.from);
}
