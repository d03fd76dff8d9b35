// A check on the server: begun, looked at until it ends, and taken away where nobody wants it any more.

const SOON = 120;
const LATER = 1000;

/** What the server says where there is no report: `line` and `column` where it knows them, 1 being the first. */
export class Trouble extends Error {
  constructor(said, status, line = 0, column = 0) {
    super(said);
    Object.assign(this, { status, line, column });
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
    return { name: place.split("/").pop(), ...(await ended(place, signal, progress)) };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Takes the report at `place` away; it is gone in an hour anyway. */
export function drop(place) {
  fetch(place, { method: "DELETE", keepalive: true }).catch(() => {});
}

async function ended(place, signal, progress) {
  for (let wait = SOON; ; wait = Math.min(wait * 1.5, LATER)) {
    await pause(wait);
    signal.throwIfAborted();
    const answer = await fetch(`${place}?limit=0&format=json`, { signal, cache: "no-store" });
    if (!answer.ok) throw await trouble(answer);
    const said = await answer.json();
    if (!said.status) return { total: said.total };
    progress(said);
  }
}

async function trouble(answer) {
  const said = await answer.json().catch(() => ({}));
  const detail = said.detail ?? answer.statusText;
  const [, line, column, rest] = /^(?:.*?:)?(\d+):(\d+): ?(.*)$/s.exec(detail) ?? [];
  return new Trouble(rest ?? detail, answer.status, Number(line ?? 0), Number(column ?? 0));
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
