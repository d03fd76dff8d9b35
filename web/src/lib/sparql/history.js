// The queries that were asked before, kept in this browser alone.
import { element, say } from "./words.js";

const KEY = "aidtrace.asked";
const MOST = 50;

/** Show them in `section`; `again` is called with the one that is chosen. */
export class Asked {
  constructor(section, again) {
    this.section = section;
    this.again = again;
    section.querySelector("#forget").addEventListener("click", () => this.forget());
    this.show();
  }

  /** Each with its `query` and its `outcome`, the last first. */
  get kept() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY)) ?? [];
      return kept.map((one) => (typeof one === "string" ? { query: one } : one)).filter((one) => typeof one?.query === "string");
    } catch {
      return []; // there is no storage, or somebody else wrote to it
    }
  }

  /** Keep `query` with its `outcome`: its `kind`, a word of the page, and a `count` where it has one. */
  add(query, outcome) {
    this.keep([{ query, outcome }, ...this.kept.filter((one) => one.query !== query)].slice(0, MOST));
  }

  forget() {
    this.keep([]);
    const state = document.getElementById("state");
    state.textContent = say("forgotten");
    state.classList.remove("unseen");
    document.getElementById("run").focus();
  }

  keep(kept) {
    try {
      if (kept.length) localStorage.setItem(KEY, JSON.stringify(kept));
      else localStorage.removeItem(KEY);
    } catch {
      // a browser that keeps nothing has no history
    }
    this.show();
  }

  show() {
    const { kept } = this;
    this.section.hidden = !kept.length;
    const items = kept.map(({ query, outcome }) => {
      const button = element("button", { type: "button", click: () => this.again(query) }, summary(query));
      return element("li", {}, button, " ", element("span", { class: "aside" }, told(outcome)));
    });
    this.section.querySelector("ol").replaceChildren(...items);
  }
}

function told(outcome) {
  const { kind, count } = outcome ?? {};
  return ["rows", "triples", "yes", "no", "failed", "cancelled"].includes(kind) ? say(kind === "cancelled" ? "givenUp" : kind, { count }) : "";
}

/** What tells a query from others: its text without comments and declarations, in one line. */
function summary(query) {
  const text = query.replace(/^\s*(?:#.*|PREFIX\s.*)$/gim, "").replace(/\s+/g, " ").trim() || query;
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
