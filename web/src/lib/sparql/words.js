// What the editor says: the words are those of the template, the numbers are filled in here.
const words = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang || "en";
const forms = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/** The words called `name`, with each {place} filled; a word with forms takes that of `values.count`. */
export function say(name, values = {}) {
  const found = words[name];
  const text = typeof found === "string" ? found : (found[forms.select(values.count)] ?? found.other);
  return text.replace(/\{(\w+)\}/g, (_, place) => values[place]);
}

/** A number as it is written in the language of the page. */
export function written(number) {
  return numbers.format(number);
}

/** Build an element: its attributes, then its children, texts among them. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((one) => one !== undefined && one !== null));
  return made;
}
