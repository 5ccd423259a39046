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
  // The platform reads a plus as a plus.
  const query = options.query?.length ? `?${String(new URLSearchParams(options.query)).replaceAll("+", "%20")}` : "";
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
 * Listens to server-sent events. The browser comes again by itself, with the id of the last event; `onState` tells whether there is a
 * connection.
 * @param {() => string} path asked anew when the platform had ended it for good
 * @param {Record<string, (data: any) => void>} handlers
 * @param {(connected: boolean) => void} onState
 * @returns {() => void} ends it
 */
export function listen(path, handlers, onState = () => {}) {
  const source = new EventSource(path());
  source.onopen = () => onState(true);
  source.onerror = () => {
    onState(false);
    // An answer other than 200 ends it for good: whether we are still signed in is found out by asking.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => json("/v1/whoami").catch(() => {}), 1000);
      if (!ended) setTimeout(() => !ended && (stop = listen(path, handlers, onState)), 3000);
    }
  };
  let ended = false;
  let stop = () => {};
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handler(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  }
  return () => {
    ended = true;
    source.close();
    stop();
  };
}
