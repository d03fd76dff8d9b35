// A check on the server: begun, looked at until it ends, and taken away where nobody wants it any more.

const SOON = 120;
const LATER = 1000;

/** What the server says where there is no report: what of (`text`, `shapes`), `line` and `column` where it knows them. */
export class Trouble extends Error {
  constructor(said, { where = "", line = 0, column = 0 } = {}) {
    super(said);
    Object.assign(this, { where, line, column });
  }
}

/** Checks what `parts` (a FormData) holds; resolves to the name of the validation and to its totals. */
export async function check(parts, { signal, progress }) {
  const headers = { Prefer: "respond-async", Accept: "application/json" };
  const answer = await fetch("/validations", { method: "POST", body: parts, headers, signal });
  if (answer.status !== 202) throw await trouble(answer);
  const place = new URL(answer.headers.get("location"), location.href).pathname;
  const stop = () => drop(place);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const name = place.split("/").pop();
    return { name, ...(await ended(name, signal, progress)) };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Takes the report at `place` away; it is gone in an hour anyway. */
export function drop(place) {
  fetch(place, { method: "DELETE", keepalive: true }).catch(() => {});
}

async function ended(name, signal, progress) {
  for (let wait = SOON; ; wait = Math.min(wait * 1.5, LATER)) {
    await pause(wait);
    signal.throwIfAborted();
    const answer = await fetch(`/validate/${name}/progress`, { signal });
    if (!answer.ok) throw await trouble(answer);
    const said = await answer.json();
    if (said.status === "failed") throw new Trouble(said.said, said);
    if (said.status === "done") return { total: said.total };
    progress(said);
  }
}

async function trouble(answer) {
  const said = await answer.json().catch(() => ({}));
  return new Trouble(said.detail ?? answer.statusText);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
