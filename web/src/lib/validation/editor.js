// The box with line numbers: a plain textarea, a gutter that shows the numbers in sight, and bands under marked lines.

const AHEAD = 2;

export class Editor {
  /** Gives the textarea in `box` a gutter; `pick(line)` hears of a click on the number of a marked line. */
  constructor(box, pick) {
    this.area = box.querySelector("textarea");
    this.marks = new Map();
    this.gutter = part("gutter");
    this.band = part("band");
    box.prepend(this.gutter, this.band);
    box.classList.add("numbered");
    this.area.addEventListener("scroll", () => this.draw());
    this.area.addEventListener("input", () => this.#follow());
    this.gutter.addEventListener("click", ({ target }) => target.classList.contains("found") && pick(Number(target.dataset.number)));
    new ResizeObserver(() => this.draw()).observe(this.area);
    this.lines = this.#count();
  }

  get text() {
    return this.area.value;
  }

  set text(value) {
    this.area.value = value;
    this.area.scrollTo(0, 0);
    this.area.setSelectionRange(0, 0);
    this.lines = this.#count();
    this.mark([]);
  }

  /** Marks lines: pairs of a number and a class. */
  mark(found) {
    this.marks = new Map(found);
    this.draw();
  }

  /** Goes to a line and selects it, from a column on. */
  go(line, column = 1) {
    const lines = this.text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const end = start + (lines[line - 1]?.length ?? 0);
    this.area.focus();
    this.area.setSelectionRange(Math.min(start + column - 1, end), end);
    this.area.scrollTop = (line - 1) * this.#height() - this.area.clientHeight / 3;
    this.area.scrollLeft = 0;
  }

  draw() {
    const height = this.#height();
    const first = Math.max(Math.floor(this.area.scrollTop / height) - AHEAD, 0);
    const last = Math.min(Math.ceil((this.area.scrollTop + this.area.clientHeight) / height) + AHEAD, this.lines);
    const padding = parseFloat(getComputedStyle(this.area).paddingTop);
    const numbers = [];
    const bands = [];
    for (let number = first + 1; number <= last; number += 1) {
      const top = `${padding + (number - 1) * height - this.area.scrollTop}px`;
      const mark = this.marks.get(number);
      numbers.push(row(top, number, mark));
      if (mark) bands.push(row(top));
    }
    this.gutter.replaceChildren(...numbers);
    this.band.replaceChildren(...bands);
  }

  // Lines that come or go above a mark move it.
  #follow() {
    const lines = this.#count();
    const change = lines - this.lines;
    if (change) {
      const here = this.text.slice(0, this.area.selectionEnd).split("\n").length;
      const from = here - Math.max(change, 0);
      this.marks = new Map([...this.marks].map(([line, mark]) => [line > from ? line + change : line, mark]));
    }
    this.lines = lines;
    this.draw();
  }

  #count() {
    return this.text.split("\n").length;
  }

  #height() {
    return parseFloat(getComputedStyle(this.area).lineHeight);
  }
}

function part(name) {
  const made = document.createElement("div");
  made.className = name;
  made.setAttribute("aria-hidden", "true");
  return made;
}

function row(top, number, mark) {
  const made = document.createElement("span");
  made.style.top = top;
  if (number) {
    made.textContent = number;
    made.dataset.number = number;
  }
  if (mark) made.classList.add("found", mark);
  return made;
}
