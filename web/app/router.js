// @ts-check
// Where one is: `#/sessions/alice/mnist/1/graph?axis=wall`. All that a view shows is in the address, so that a link shows the same.
import { reactive } from "../vendor/vue.js";

/** @type {{ parts: string[], query: Record<string, string> }} */
export const route = reactive({ parts: [], query: {} });

/**
 * A part of an address that somebody mangled is taken as it is.
 * @param {string} text
 */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function read() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split(/\?(.*)/s);
  route.parts = path.split("/").filter(Boolean).map(decode);
  route.query = Object.fromEntries(new URLSearchParams(query));
}

export function startRouter() {
  addEventListener("hashchange", read);
  read();
}

/** @param {string[]} parts @param {Record<string, string | undefined>} query */
export function address(parts, query = {}) {
  const path = parts.map((part) => encodeURIComponent(part)).join("/");
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return `#/${path}${kept.length ? `?${new URLSearchParams(/** @type {any} */ (kept))}` : ""}`;
}

/** @param {string} name */
export const sessionAddress = (name, tab = "") => address(["sessions", ...name.split("/"), ...(tab ? [tab] : [])]);

/** @param {string[]} names */
export const tensorBoardAddress = (names) => address(["tensorboard", names.join(",")]);

/**
 * Changes a part of the query without a new entry in the history.
 * @param {Record<string, string | undefined>} change
 */
export function setQuery(change) {
  history.replaceState(null, "", address(route.parts, { ...route.query, ...change }));
  read();
}

/** @param {string} to an address as `address` makes it */
export function go(to, replace = false) {
  if (replace) {
    history.replaceState(null, "", to);
    read();
  } else location.hash = to.replace(/^#/, "");
}
