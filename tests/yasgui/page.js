// What an editor of someone else asks of an endpoint that it knows nothing of: examples, prefixes and classes, as the editor
// of the Swiss Institute of Bioinformatics does.
const endpoint = new URLSearchParams(location.search).get("endpoint");
const EXAMPLES = `PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?text ?comment WHERE { ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|sh:describe ?text } ORDER BY ?example`;
const PREFIXES = "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }";
const CLASSES = "PREFIX void: <http://rdfs.org/ns/void#> SELECT DISTINCT ?class WHERE { [] void:class ?class }";

async function rows(query) {
  const answer = await fetch(endpoint, { method: "POST", body: new URLSearchParams({ query }), headers: { Accept: "application/sparql-results+json" } });
  return (await answer.json()).results.bindings;
}

const { Yasqe } = Yasgui;
Yasqe.forkAutocompleter("class", {
  name: "void",
  bulk: true,
  persistenceId: null,
  get: async () => (await rows(CLASSES)).map((row) => row.class.value).sort(),
});
Yasqe.defaults.autocompleters = ["void", "variables"];

const [examples, prefixes] = [rows(EXAMPLES), rows(PREFIXES)];
const yasgui = new Yasgui(document.getElementById("yasgui"), { requestConfig: { endpoint }, persistenceId: null, copyEndpointOnNewTab: false });
examples.then((found) => {
  const list = document.getElementById("examples");
  for (const row of found) list.append(new Option(row.comment.value, row.text.value));
  list.addEventListener("change", () => yasgui.getTab().setQuery(list.value));
});
prefixes.then((found) => {
  const known = Object.fromEntries(found.map((row) => [row.prefix.value, row.namespace.value]));
  yasgui.getTab().getYasqe().addPrefixes(known);
  document.body.dataset.ready = "";
});
