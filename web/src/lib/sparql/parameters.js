// The parameters of a question as fields: what is chosen is bound by a VALUES line at the end of the query.
const LINE = /\n*^VALUES \([?\w ]*\) \{ \([^)]*\) \} # chosen$/gm;

/** Keep the query of `box` in step with the fields of `form`; sending it runs the query here. */
export function parameters(form, box, run) {
  const bind = () => (box.text = bound(box.text, [...form.querySelectorAll("select")].filter((one) => one.value)));
  form.addEventListener("change", bind);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    bind();
    run();
  });
}

function bound(text, chosen) {
  const bare = text.replace(LINE, "").trimEnd();
  if (!chosen.length) return `${bare}\n`;
  const names = chosen.map((one) => `?${one.name}`).join(" ");
  return `${bare}\nVALUES (${names}) { (${chosen.map(term).join(" ")}) } # chosen\n`;
}

function term(field) {
  return field.dataset.of ? `<https://w3id.org/aidtrace/id/${field.value}>` : JSON.stringify(field.value);
}
