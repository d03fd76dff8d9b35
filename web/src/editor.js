// The page of the query editor: the box, the buttons beside it, the result below it, what was asked before.
import { ask } from "./lib/sparql/asking.js";
import { Box } from "./lib/sparql/box.js";
import { Asked } from "./lib/sparql/history.js";
import { parameters } from "./lib/sparql/parameters.js";
import { address, fits, showFault, showResult } from "./lib/sparql/results.js";
import { vocabulary } from "./lib/sparql/vocabulary.js";
import { element, say } from "./lib/sparql/words.js";

const form = document.querySelector('[data-script="editor"]');
const [area, host, cancel, state, result] = ["query", "editor", "cancel", "state", "result"].map((id) => document.getElementById(id));
const known = vocabulary();
const first = area.value;
let running = null;
let place = here();

try {
  begin();
} finally {
  form.dataset.ready = "";
}

function begin() {
  const box = new Box(area, host, known, { run: () => run(box), changed: () => box.fault && forget(box) });
  const asked = new Asked(document.getElementById("history"), (query) => {
    box.text = query;
    box.focus();
  });
  box.asked = asked;
  document.getElementById("keys").hidden = false;
  document.getElementById("query-label").addEventListener("click", (event) => {
    event.preventDefault();
    box.focus();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.id === "cite") return box.declare(); // a page of its own answers
    event.preventDefault();
    run(box, { focus: true });
  });
  cancel.addEventListener("click", () => running?.abort());
  const fields = document.querySelector("form.parameters");
  if (fields) parameters(fields, box, () => run(box, { focus: true }));
  addEventListener("popstate", () => back(box));
  const fault = document.getElementById("fault")?.dataset;
  if (!fault && alone()) run(box, { again: true, shown: true });
  if (fault?.line) mark(box, { line: Number(fault.line), column: Number(fault.column), told: fault.told });
}

/** Whether the address asks for a query and nothing else: then its answer is here already, but without pictures. */
function alone() {
  return [...new URLSearchParams(location.search).keys()].join() === "query";
}

function here() {
  return location.pathname + location.search;
}

/** Show the query of the address and its answer; the page began with a query of its own, and with no answer. */
function back(box) {
  if (here() === place) return; // only the fragment is another
  place = here();
  const query = new URLSearchParams(location.search).get("query");
  box.text = query ?? first;
  if (query !== null) return run(box, { again: true });
  running?.abort();
  result.replaceChildren();
  state.textContent = "";
}

/** Ask what is in the box; a query that still runs is given up. `again`: it was asked before, and is not led to; `shown`: its answer is on the page. */
async function run(box, { focus = false, again = false, shown = false } = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  busy(true);
  box.declare();
  forget(box);
  const query = box.text;
  if (!shown) former("former");
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(query, mine.signal);
    if (running !== mine) return box.asked.add(query, { kind: "cancelled" });
    await showResult(result, query, answer, { known, wanted: () => running === mine });
    if (running !== mine) return;
    keep(box, query, answer, again);
    announce([...result.querySelectorAll(":scope > :is(.lead, .count, .hint)")].map((one) => one.textContent).join(" "));
  } catch (error) {
    if (error.name === "AbortError") box.asked.add(query, { kind: "cancelled" });
    if (running !== mine) return;
    refused(box, query, error);
  }
  running = null;
  result.removeAttribute("aria-busy");
  busy(false, shown);
  if (!again && result.querySelector("h2") && !result.classList.contains("former")) lead(focus);
}

/** Lead to the result, where little of it is in sight; `focus` takes the keyboard along. */
function lead(focus) {
  const heading = result.querySelector("h2");
  heading.tabIndex = -1;
  if (focus) heading.focus({ preventScroll: true });
  const { top } = heading.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) document.getElementById("tools").scrollIntoView({ block: "start" });
}

/** Mark what is shown as the answer of the query before, in the words called `name`. */
function former(name) {
  if (!result.querySelector("h2")) return;
  result.classList.add("former");
  result.querySelector(":scope > .note")?.remove();
  result.prepend(element("p", { class: "note" }, say(name)));
}

function keep(box, query, answer, again) {
  const { kind, truth, rows } = answer;
  box.asked.add(query, kind === "truth" ? { kind: truth ? "yes" : "no" } : { kind: kind === "table" ? "rows" : "triples", count: rows.length });
  if (!again && fits(query) && here() !== address(query)) history.pushState(null, "", address(query));
  place = here();
}

function refused(box, query, error) {
  if (error.name === "AbortError") {
    const still = result.classList.contains("former");
    if (still) former("formerly");
    state.textContent = say(still ? "stopped" : "cancelled");
    return;
  }
  box.asked.add(query, { kind: "failed" });
  const fault = "told" in error ? error : { told: String(error) };
  if (fault.line) mark(box, fault);
  showFault(result, query, fault, () => box.go(fault));
  announce(say("refused"));
}

/** Say what is on the page below already to those who do not see it. */
function announce(text) {
  result.classList.remove("former");
  state.textContent = text;
  state.classList.add("unseen");
}

function mark(box, fault) {
  box.fault = fault;
  box.mark(fault);
}

function forget(box) {
  box.fault = null;
  box.mark(null);
}

/** Say that a query runs, or that it ended; the focus stays where it is if it began `unasked`. */
function busy(yes, unasked = false) {
  cancel.hidden = !yes;
  if (yes) state.classList.remove("unseen");
  if (yes) state.textContent = say("running");
  else if (!unasked && document.activeElement === document.body) document.getElementById("run").focus(); // Cancel had it, and is gone
}
