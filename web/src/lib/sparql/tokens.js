// A query as the completion sees it: its words, what they are about, and what each variable is said to be.
const TOKEN =
  /(?<comment>#[^\n]*)|(?<string>"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|(?<iri><[^<>"{}|^`\\\s]*>)|(?<name>[\p{L}\d_.-]*:(?:[\p{L}\d_:%-]|\.(?=[\p{L}\d_:%-]))*)|(?<variable>[?$][\p{L}\d_]+)|(?<word>@?[\p{L}_][\p{L}\d_-]*)|(?<number>\d+(?:\.\d+)?)|(?<mark>[{}()[\].;,/|*+^!=<>&-])/gu;

export const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const SPEAKS_OF_NOTHING = new Set(["true", "false", "undef"]);

/** The tokens of `text`: kind, text, from, to. */
export function tokens(text) {
  const found = [];
  for (const match of text.matchAll(TOKEN)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    found.push({ kind, text: match[0], from: match.index, to: match.index + match[0].length });
  }
  return found;
}

/** The prefixes that `found` declares, and where the last declaration ends. */
export function declared(found) {
  const prefixes = new Map();
  let end = 0;
  found.forEach((token, at) => {
    if (token.kind !== "word" || token.text.toUpperCase() !== "PREFIX") return;
    const [name, iri] = [found[at + 1], found[at + 2]];
    if (name?.kind === "name" && iri?.kind === "iri") {
      prefixes.set(name.text.slice(0, -1), iri.text.slice(1, -1));
      end = iri.to;
    }
  });
  return { prefixes, end };
}

/** The IRI that `token` stands for, where `prefixes` declare it. */
export function expanded(token, prefixes) {
  if (token.kind === "iri") return token.text.slice(1, -1);
  if (token.kind === "word") return token.text === "a" ? `${RDF}type` : null;
  if (token.kind !== "name") return null;
  const colon = token.text.indexOf(":");
  const start = prefixes.get(token.text.slice(0, colon));
  return start === undefined ? null : start + token.text.slice(colon + 1);
}

/**
 * What stands at `at`: "subject", "property", "object" or "else", with the token of the subject and the IRI of the
 * property; and `classes`, the classes that the query gives to each subject.
 */
export function placed(found, at, prefixes) {
  const classes = new Map();
  const stack = [fresh()];
  let here = null;
  let nodes = 0;
  for (const token of found) {
    if (here === null && token.to > at) here = { ...stack.at(-1) };
    if (token.kind === "comment") continue;
    step(token);
  }
  here ??= { ...stack.at(-1) };
  return { role: ["subject", "property", "object", "else"][here.role], subject: here.subject, verb: here.verb, classes };

  function fresh(subject = null) {
    return { subject, role: subject === null ? 0 : 1, verb: null, quiet: false };
  }

  function step(token) {
    const frame = stack.at(-1);
    const { text } = token;
    if (text === "{") stack.push(fresh());
    else if (text === "(") stack.push({ ...fresh(), role: 3, quiet: true });
    else if (text === "[") stack.push(fresh(`[${nodes++}`));
    else if (text === "}" || text === ")" || text === "]") {
      const inner = stack.length > 1 ? stack.pop() : frame;
      const outer = stack.at(-1);
      if (text === "}") Object.assign(outer, fresh());
      else term(outer, text === "]" ? { kind: "node", text: inner.subject } : token);
    } else if (frame.quiet) return;
    else if (text === ".") Object.assign(frame, fresh());
    else if (text === ";") frame.role = 1;
    else if (text === ",") frame.role = 2;
    else if (token.kind === "mark") frame.role = frame.role === 2 && (text === "/" || text === "|") ? 1 : frame.role;
    else if (token.kind === "word" && text !== "a" && !text.startsWith("@") && !SPEAKS_OF_NOTHING.has(text.toLowerCase()))
      Object.assign(frame, fresh()); // a keyword
    else if (!text.startsWith("@")) term(frame, token);
  }

  function term(frame, token) {
    if (frame.quiet) return;
    if (frame.role === 0) Object.assign(frame, { subject: token.text, role: 1 });
    else if (frame.role === 1) Object.assign(frame, { verb: expanded(token, prefixes), role: 2 });
    else if (frame.role === 2) {
      const iri = expanded(token, prefixes);
      if (frame.verb === `${RDF}type` && iri) classes.set(frame.subject, [...(classes.get(frame.subject) ?? []), iri]);
      frame.role = 3;
    }
  }
}
