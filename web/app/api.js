// @ts-check
// The platform's HTTP API (docs/api/openapi.yaml), as the page uses it.

/** What the platform answers when something is wrong: a stable code, a sentence, and what to do. */
export class Problem extends Error {
  /** @param {number} status @param {{ code?: string, detail?: string, title?: string, hint?: string }} document */
  constructor(status, document) {
    super(document.detail ?? document.title ?? `the platform answered ${status}`);
    this.status = status;
    this.code = document.code ?? "";
    this.hint = document.hint ?? "";
  }
}

/**
 * A problem as one line: what is wrong, and what to do.
 * @param {any} problem
 */
export const problemText = (problem) => [problem.message, problem.hint].filter(Boolean).join("; ");

/**
 * Called when the platform says that nobody is signed in.
 * @type {() => void}
 */
let onSignedOut = () => {};
/** @param {() => void} call */
export function whenSignedOut(call) {
  onSignedOut = call;
}

/**
 * @param {string} path
 * @param {{ method?: string, query?: [string, string][], json?: unknown, body?: Blob | string, type?: string, signal?: AbortSignal }} options
 */
export async function request(path, options = {}) {
  const query = options.query?.length ? `?${new URLSearchParams(options.query)}` : "";
  /** @type {Record<string, string>} */
  const headers = {};
  let body = options.body;
  if (options.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.json);
  } else if (options.type) headers["Content-Type"] = options.type;
  const response = await fetch(path + query, { method: options.method ?? "GET", headers, body, signal: options.signal });
  if (response.ok) return response;
  const document = await response.json().catch(() => ({}));
  const problem = new Problem(response.status, document);
  if (response.status === 401 && path !== "/v1/sign-in") onSignedOut();
  throw problem;
}

/** @param {string} path @param {Parameters<typeof request>[1]} options */
export async function json(path, options = {}) {
  return (await request(path, options)).json();
}

/**
 * `alice/mnist/1` → its path.
 * @param {string} name
 */
export function sessionPath(name) {
  return `/v1/sessions/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/**
 * All items of a paged list that is known to be short.
 * @param {string} path @param {[string, string][]} query
 */
export async function all(path, query = []) {
  const items = [];
  /** @type {string | undefined} */
  let after;
  do {
    /** @type {{ items: any[], next?: string }} */
    const page = await json(path, { query: after ? [...query, ["after", after]] : query });
    items.push(...page.items);
    after = page.next;
  } while (after && items.length < 20000);
  return items;
}

/**
 * Does one thing at a time: asked for again meanwhile, it is done once more when that is through.
 * @param {() => Promise<void>} act which tells of its problems itself @returns {() => Promise<void>} done when the last of it is
 */
export function alone(act) {
  /** @type {Promise<void> | null} */
  let running = null;
  let isWanted = false;
  return () => {
    isWanted = true;
    running ??= (async () => {
      try {
        while (isWanted) {
          isWanted = false;
          await act();
        }
      } finally {
        running = null;
      }
    })();
    return running;
  };
}

/** So long there may be no connection before anybody is told: the platform ends each stream after a while, and the browser comes again. */
const patience = 5000;

/**
 * Listens to server-sent events while the page is seen: a browser has six connections to a host, for all of its tabs. It comes again by
 * itself, with the id of the last event; `onState` tells whether there is a connection, `onRefused` that the platform gives none.
 * @param {() => string} path asked anew with each connection that is not such a coming again
 * @param {Record<string, (data: any) => void>} handlers
 * @param {(connected: boolean) => void} onState @param {() => void} onRefused
 * @returns {() => void} ends it
 */
export function listen(path, handlers, onState = () => {}, onRefused = () => {}) {
  /** @type {EventSource | null} */
  let source = null;
  let retry = 0;
  let late = 0;
  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  const calm = () => {
    clearTimeout(late);
    late = 0;
  };
  const wait = () => {
    late ||= setTimeout(() => onState(false), patience);
  };
  const open = () => {
    close();
    if (document.hidden) return calm();
    const mine = (source = new EventSource(path()));
    wait();
    mine.onopen = () => {
      calm();
      onState(true);
    };
    mine.onerror = () => {
      wait();
      // An answer other than 200 ends it for good: whether we are still signed in is found out by asking.
      if (mine.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(open, 3000);
      onRefused();
      json("/v1/whoami").catch(() => {});
    };
    for (const [name, handler] of Object.entries(handlers)) {
      mine.addEventListener(name, (event) => handler(JSON.parse(/** @type {MessageEvent} */ (event).data)));
    }
  };
  document.addEventListener("visibilitychange", open);
  open();
  return () => {
    document.removeEventListener("visibilitychange", open);
    close();
    calm();
  };
}
