// The page of the query editor: the box, the buttons beside it, the result below it, what was asked before.
import { ask } from "./lib/sparql/asking.js";
import { Box } from "./lib/sparql/box.js";
import { Asked } from "./lib/sparql/history.js";
import { parameters } from "./lib/sparql/parameters.js";
import { address, fits, showFault, showResult } from "./lib/sparql/results.js";
import { vocabulary } from "./lib/sparql/vocabulary.js";
import { say } from "./lib/sparql/words.js";

const form = document.querySelector('[data-script="editor"]');
const [area, host, cancel, state, result] = ["query", "editor", "cancel", "state", "result"].map((id) => document.getElementById(id));
const known = vocabulary();
let running = null;

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
    event.preventDefault();
    run(box);
  });
  cancel.addEventListener("click", () => running?.abort());
  const fields = document.querySelector("form.parameters");
  if (fields) parameters(fields, box, () => run(box));
  addEventListener("popstate", () => {
    const query = new URLSearchParams(location.search).get("query");
    if (query !== null) box.text = query;
  });
  const fault = document.getElementById("fault")?.dataset;
  if (fault?.line) mark(box, { line: Number(fault.line), column: Number(fault.column), told: fault.told });
}

/** Ask what is in the box; a query that still runs is given up. */
async function run(box) {
  running?.abort();
  const mine = (running = new AbortController());
  busy(true);
  box.declare();
  forget(box);
  const query = box.text;
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(query, mine.signal);
    if (running !== mine) return;
    await showResult(result, query, answer);
    if (running !== mine) return;
    keep(box, query);
    announce(result.querySelector("p:not(.lead)").textContent);
  } catch (error) {
    if (running !== mine) return;
    refused(box, query, error);
  }
  running = null;
  result.removeAttribute("aria-busy");
  busy(false);
}

function keep(box, query) {
  box.asked.add(query);
  if (fits(query) && location.pathname + location.search !== address(query)) history.pushState(null, "", address(query));
}

function refused(box, query, error) {
  if (error.name === "AbortError") {
    result.replaceChildren();
    state.textContent = say("cancelled");
    return;
  }
  const fault = "told" in error ? error : { told: String(error) };
  if (fault.line) mark(box, fault);
  showFault(result, query, fault, () => box.go(fault));
  announce(result.querySelector(".bad").textContent);
}

/** Say what is on the page below already to those who do not see it. */
function announce(text) {
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

function busy(yes) {
  cancel.hidden = !yes;
  if (yes) state.classList.remove("unseen");
  if (yes) state.textContent = say("running");
  else if (document.activeElement === document.body) document.getElementById("run").focus(); // Cancel had it, and is gone
}
