// The validation page: checks without leaving it, shows the report beside the text, and leads from one to the other.
import { Trouble, check, drop } from "./lib/validation/checking.js";
import { Editor } from "./lib/validation/editor.js";

const PAUSE = 700; // milliseconds without a key, before a short text is checked
const SHORT = 50_000;
const IN_BOX = 1 << 20; // a larger file is sent as it is

class Page {
  constructor(form) {
    this.form = form;
    this.words = JSON.parse(form.querySelector("script[type='application/json']").textContent);
    this.results = document.getElementById("results");
    this.status = form.querySelector("[data-status]");
    this.bar = form.querySelector("[data-progress]");
    this.report = this.results.querySelector("[data-report]");
    this.cancel = form.querySelector("[data-cancel]");
    this.live = form.querySelector("[data-live]");
    this.largest = Number(form.dataset.largest) << 20;
    this.editor = new Editor(form.querySelector(".editor"), (line) => this.show(line));
    this.file = "";
    this.running = null;
    this.shown = null;
    this.#listen();
  }

  #listen() {
    const { form } = this;
    for (const one of form.querySelectorAll("[data-live], [data-keys]")) one.hidden = false;
    this.report.querySelector("[data-tips]").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    this.cancel.addEventListener("click", () => this.stop());
    this.editor.area.addEventListener("input", () => this.later());
    form.elements.shapes.addEventListener("input", () => this.later());
    form.addEventListener("change", ({ target }) => this.#changed(target));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.run();
    });
    this.report.addEventListener("click", (event) => this.#followed(event));
    this.#drops();
    document.querySelector("form.examples").addEventListener("submit", (event) => {
      event.preventDefault();
      this.example(event.target.elements.example.value);
    });
  }

  #drops() {
    const { form } = this;
    const box = form.querySelector(".editor");
    const over = (on) => box.classList.toggle("dropping", on);
    form.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      over(true);
    });
    form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || over(false));
    form.addEventListener("drop", (event) => {
      over(false);
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.take(event.dataTransfer.files);
    });
  }

  #changed(target) {
    if (target.name === "file") this.#chosen(target);
    else if (["syntax", "severity", "beside"].includes(target.name) && this.shown) this.later();
  }

  // A file that is chosen alone goes into an empty box; beside a text, or with others, it stays a file.
  #chosen(input) {
    if (input.files.length === 1 && !this.editor.text.trim()) this.take(input.files);
  }

  /** Puts a small file into the box, others into the form, and checks. */
  async take(files) {
    const input = this.form.elements.file;
    const large = [...files].find((one) => one.size > this.largest);
    if (large) {
      this.say(this.words.large, { name: large.name, largest: this.form.dataset.largest });
      return;
    }
    if (files.length === 1 && files[0].size <= IN_BOX) {
      const [one] = files;
      this.fill(await one.text(), one.name);
      input.value = "";
      this.say(this.words.loaded, { name: one.name });
    } else {
      input.files = files;
      this.say(this.words.joined, { name: [...files].map((one) => one.name).join(", ") });
    }
    this.run();
  }

  /** Puts a text into the box, and sets the syntax by the name of its file. */
  fill(text, name) {
    this.editor.text = text.replaceAll("\r\n", "\n");
    this.file = name;
    const { syntax } = this.form.elements;
    const suffix = name.split(".").pop().toLowerCase();
    const found = [...syntax.options].find((one) => one.dataset.suffixes?.split(" ").includes(suffix));
    syntax.value = found?.value ?? "";
  }

  async example(name) {
    const answer = await fetch(`/shapes/${encodeURIComponent(name)}?format=json`).catch(() => null);
    if (!answer?.ok) {
      this.say(this.words.unreachable);
      return;
    }
    this.form.elements.file.value = "";
    this.form.elements.shapes.value = "";
    this.fill((await answer.json()).failing, `${name}.ttl`);
    this.run();
  }

  /** Checks in a moment, if that is wished and the text is short. */
  later() {
    clearTimeout(this.timer);
    const { file, shapes } = this.form.elements;
    const wished = this.live.querySelector("input").checked && !file.files.length;
    if (wished && this.editor.text.trim() && this.editor.text.length + shapes.value.length < SHORT) {
      this.timer = setTimeout(() => this.run({ automatic: true }), PAUSE);
    }
  }

  stop() {
    this.running?.abort();
    this.#idle();
    this.say(this.words.cancelled);
    this.editor.area.focus();
  }

  async run({ automatic = false } = {}) {
    clearTimeout(this.timer);
    this.running?.abort();
    const parts = this.#parts();
    if (!parts.has("data")) {
      this.#idle();
      this.fail(this.words.empty);
      return;
    }
    if (this.#size(parts) > this.largest) {
      this.#idle();
      this.say(this.words.large, { name: parts.get("data").name, largest: this.form.dataset.largest });
      return;
    }
    const control = new AbortController();
    this.running = control;
    this.say(this.words.running);
    this.results.setAttribute("aria-busy", "true");
    this.wait = setTimeout(() => this.#busy(), 300);
    try {
      const found = await check(parts, { signal: control.signal, progress: (said) => this.progress(said) });
      await this.load(`/validate/${found.name}`);
      if (control.signal.aborted) return;
      this.#replace({ name: found.name, automatic });
      this.#idle();
      this.say(!found.total ? this.words.conforms : found.total === 1 ? this.words.one : this.words.found, found);
    } catch (error) {
      if (control.signal.aborted) return;
      this.#idle();
      this.trouble(error, automatic);
    }
  }

  // The report before was nobody's wish if it came while typing.
  #replace(next) {
    if (this.shown?.automatic && !this.shown.used) drop(`/validations/${this.shown.name}`);
    this.shown = next;
  }

  #busy() {
    this.cancel.hidden = false;
    this.bar.hidden = false;
    this.bar.removeAttribute("value");
  }

  #idle() {
    clearTimeout(this.wait);
    this.running = null;
    this.cancel.hidden = true;
    this.bar.hidden = true;
    this.results.removeAttribute("aria-busy");
  }

  progress({ status, constraints: { checked, of } }) {
    if (of) {
      this.bar.max = of;
      this.bar.value = checked;
    }
    this.say(status === "waiting" ? this.words.waiting : of ? this.words.counted : this.words.running, { checked, of });
  }

  trouble(error, automatic) {
    const typed = error instanceof Trouble;
    if (!typed) {
      this.fail(this.words.unreachable);
      return;
    }
    const said = error.line ? fill(this.words.place, { line: error.line, column: error.column, said: error.message }) : error.message;
    this.fail(fill(this.words.failed, { said }), { ...error, said });
    if (error.line && error.where === "text" && !automatic) this.editor.go(error.line, error.column);
  }

  /** Says why there is no report, with a way to the line, where it is in the box. */
  fail(said, { line = 0, column = 1, where = "", said: place = said } = {}) {
    this.say(said);
    this.report.replaceChildren();
    const inBox = line && where === "text" && this.editor.text.trim() && !this.form.elements.file.files.length;
    this.editor.mark(inBox ? [[line, "violation"]] : []);
    this.editor.area.setAttribute("aria-invalid", String(Boolean(inBox)));
    const paragraph = document.createElement("p");
    paragraph.className = "complaint";
    paragraph.textContent = inBox ? "" : said;
    if (inBox) {
      const link = document.createElement("a");
      Object.assign(link, { href: "#text", textContent: place });
      Object.assign(link.dataset, { line, column });
      paragraph.append(link);
    }
    this.report.append(paragraph);
  }

  #parts() {
    const { elements } = this.form;
    const parts = new FormData();
    const chosen = elements.syntax.selectedOptions[0];
    const type = chosen.dataset.media ?? "";
    if (this.editor.text.trim()) parts.append("data", new File([this.editor.text], this.name, { type }));
    for (const one of elements.file.files) parts.append("data", new File([one], one.name, { type }));
    if (elements.shapes.value.trim()) parts.append("shapes", new File([elements.shapes.value], "shapes.ttl"));
    for (const one of elements["shapes-file"].files) parts.append("shapes", new File([one], one.name));
    const beside = { graph: "with-graph", merge: "merge" }[elements.beside.value];
    if (beside) parts.append(beside, "true");
    parts.append("severity", elements.severity.value);
    parts.append("base", `${location.origin}/validate`);
    parts.append("keep", "true");
    return parts;
  }

  #size(parts) {
    return [...parts.values()].reduce((sum, one) => sum + (one.size ?? one.length), 0);
  }

  /** What the text in the box is called in the report. */
  get name() {
    const suffix = this.form.elements.syntax.selectedOptions[0].dataset.suffixes?.split(" ")[0] ?? "ttl";
    return this.file || `text.${suffix}`;
  }

  /** Shows a page of the report, and marks its lines in the box. */
  async load(address) {
    const url = new URL(address, location.href);
    url.searchParams.set("part", "");
    const answer = await fetch(url.pathname + url.search);
    if (!answer.ok) throw new Trouble(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.report.replaceChildren(...page.body.childNodes);
    this.editor.area.removeAttribute("aria-invalid");
    const lines = [...this.report.querySelectorAll(".group a[data-line]")].filter((link) => link.dataset.file === this.name);
    const grave = (link) => link.closest(".group").classList[1];
    this.editor.mark(lines.reverse().map((link) => [Number(link.dataset.line), grave(link)]));
  }

  async #followed(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (this.shown) this.shown.used = true;
    const { line, column, file } = link.dataset;
    if (line && (!file || file === this.name)) {
      event.preventDefault();
      this.editor.go(Number(line), Number(column ?? 1));
      this.say(this.words.moved, { line });
      return;
    }
    const url = new URL(link.href);
    if (!this.shown || url.pathname !== `/validate/${this.shown.name}` || !(url.hash || url.search) || line) return;
    event.preventDefault();
    await this.load(url.pathname + url.search);
    const target = document.getElementById(url.hash.slice(1)) ?? this.results;
    target.tabIndex = -1;
    target.focus();
    target.scrollIntoView({ block: "start" });
  }

  /** Shows the finding on a line of the box. */
  show(line) {
    const link = [...this.report.querySelectorAll(".group a[data-line]")].find((one) => Number(one.dataset.line) === line);
    link?.focus();
  }

  say(text, values = {}) {
    this.status.textContent = fill(text, values);
  }
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

for (const form of document.querySelectorAll("form[data-script='validation']")) {
  try {
    new Page(form);
  } finally {
    form.dataset.ready = "";
  }
}
