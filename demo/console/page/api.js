// The JSON API of this console, and its live events.

async function call(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.error ?? `${path} answered ${response.status}`);
  }
  return response.status === 204 ? null : response.json();
}

export const get = (path) => call(path);

export const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

export const remove = (path) => call(path, { method: "DELETE" });

const listeners = new Set();

/** Calls back with a set of topics ("traces", "logs", ..., or "all") whenever they changed. */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Opens the stream; `onState` hears whether it is connected. */
export function connect(onState) {
  const source = new EventSource("/api/live");
  let wasOpen = false;
  source.addEventListener("open", () => {
    onState(true);
    // Whatever happened while the console was away was missed.
    if (wasOpen) tell(new Set(["all"]));
    wasOpen = true;
  });
  source.addEventListener("error", () => onState(false));
  source.addEventListener("changed", (event) => tell(new Set(event.data.split(","))));
}

function tell(topics) {
  for (const listener of [...listeners]) listener(topics);
}

/**
 * Makes `work` run at once, never twice at a time, and once more if asked meanwhile. The promise
 * ends with a run that began after it was asked for.
 */
export function coalesced(work) {
  let running = null;
  let next = null;
  return function run() {
    if (!running) {
      running = work().finally(() => (running = null));
      return running;
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null;
        return run();
      });
    return next;
  };
}
