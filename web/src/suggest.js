// Suggestions under the fields of a search, as a combobox with a listbox (WAI-ARIA 1.2): one leads straight to its page.
const WAIT = 150;
const words = document.querySelector("[data-suggestions]").dataset;

for (const form of document.querySelectorAll("form[data-script=suggest]")) {
  enliven(form, form.querySelector("input"));
  form.dataset.ready = "";
}

function enliven(form, input) {
  const list = made("ul", { id: `${input.id}-list`, role: "listbox", "aria-label": words.suggestions, className: "suggestions", hidden: true });
  const said = made("span", { role: "status", className: "unseen" });
  const place = made("span", { className: "suggest" });
  let chosen = -1, timer, asking;

  input.replaceWith(place);
  place.append(input, list, said);
  set(input, { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" });

  input.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    close();
    if (input.value.trim()) timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (key) => {
    const count = list.children.length;
    if (key.isComposing) return;
    if (key.key === "Escape" && !list.hidden) close();
    else if (key.key === "ArrowDown" && count) choose(list.hidden ? 0 : (chosen + 2) % (count + 1) - 1);
    else if (key.key === "ArrowUp" && count) choose(list.hidden ? count - 1 : (chosen + count + 1) % (count + 1) - 1);
    else if (key.key === "Enter" && chosen >= 0) location.assign(list.children[chosen].dataset.page);
    else return;
    key.preventDefault();
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (press) => press.preventDefault());
  list.addEventListener("click", (press) => {
    const option = press.target.closest("li");
    if (option) location.assign(option.dataset.page);
  });

  async function ask() {
    asking = new AbortController();
    try {
      const answer = await fetch(`/search/suggest?q=${encodeURIComponent(input.value)}`, { signal: asking.signal });
      if (answer.ok && document.activeElement === input) show(...(await answer.json()));
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(text, labels, matched, links) {
    if (text !== input.value) return;
    list.replaceChildren(...labels.map((label, number) => option(label, matched[number], links[number], number)));
    said.textContent = labels.length ? words.told.replace("#", labels.length) : words.none;
    open(labels.length > 0);
  }

  function option(label, matched, link, number) {
    const one = made("li", { id: `${list.id}-${number}`, role: "option", "aria-selected": "false" });
    one.dataset.page = new URL(link, location).pathname;
    one.append(made("bdi", { textContent: label }));
    if (matched) one.append(" ", made("bdi", { className: "aside", textContent: matched }));
    return one;
  }

  function choose(number) {
    open(true);
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = number;
    const one = list.children[chosen];
    one?.setAttribute("aria-selected", "true");
    one?.scrollIntoView({ block: "nearest" });
    if (one) input.setAttribute("aria-activedescendant", one.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
  }

  function close() {
    open(false);
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    said.textContent = "";
  }
}

function made(name, attributes) {
  return set(document.createElement(name), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && !name.includes("-") && name !== "role") element[name] = value;
    else element.setAttribute(name, value);
  }
  return element;
}
