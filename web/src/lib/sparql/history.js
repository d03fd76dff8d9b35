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

  get queries() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return []; // there is no storage, or somebody else wrote to it
    }
  }

  add(query) {
    this.keep([query, ...this.queries.filter((one) => one !== query)].slice(0, MOST));
  }

  forget() {
    this.keep([]);
    const state = document.getElementById("state");
    state.textContent = say("forgotten");
    state.classList.remove("unseen");
    document.getElementById("run").focus();
  }

  keep(queries) {
    try {
      if (queries.length) localStorage.setItem(KEY, JSON.stringify(queries));
      else localStorage.removeItem(KEY);
    } catch {
      // a browser that keeps nothing has no history
    }
    this.show();
  }

  show() {
    const { queries } = this;
    this.section.hidden = !queries.length;
    const items = queries.map((query) => element("li", {}, element("button", { type: "button", click: () => this.again(query) }, summary(query))));
    this.section.querySelector("ol").replaceChildren(...items);
  }
}

/** What tells a query from others: its text without comments and declarations, in one line. */
function summary(query) {
  const text = query.replace(/^\s*(?:#.*|PREFIX\s.*)$/gim, "").replace(/\s+/g, " ").trim() || query;
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
