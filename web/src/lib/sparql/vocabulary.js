// What the server knows of its classes, properties and prefixes, fetched once.
const NOTHING = { prefixes: {}, classes: [], properties: [] };

/** Fetch it; where that fails, nothing is offered, and the editor works all the same. */
export async function vocabulary() {
  try {
    const answer = await fetch("/sparql/completions");
    if (!answer.ok) return NOTHING;
    const told = await answer.json();
    return { ...told, properties: told.properties.map(([iri, label, count]) => ({ iri, label, count })) };
  } catch {
    return NOTHING;
  }
}
