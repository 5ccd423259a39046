// @ts-check
// What the page knows and shares between views. What comes from the platform is changed only here.
import { reactive } from "../vendor/vue.js";
import { all, json, listen, request, sessionPath, problemText, whenSignedOut } from "./api.js";
import { texts } from "./texts.js";
import { doubled, quote, split } from "./format.js";

/** @typedef {import("./types.js").Session} Session */

export const store = reactive({
  /**
   * "unknown" until the platform has said who we are.
   * @type {"unknown" | "out" | "in"}
   */
  signedIn: "unknown",
  /** @type {{ user: string, role: string } | null} */
  identity: null,
  connected: true,
  /** Counts what happens to any session or dataset: views that show several look again when it grows. */
  changes: 0,
  /** Moves every few seconds, so that ages grow. */
  now: Date.now(),
  /** @type {any[]} */
  datasets: [],
  datasetsLoaded: false,
  /** @type {{ id: number, text: string, kind: string, link?: string }[]} */
  toasts: [],
  /** @type {null | Dialog} */
  dialog: null,
  theme: localStorage.getItem("nsml.theme") ?? "system",
  menuOpen: false,
  /**
   * Sessions that are about to go: nobody asks for them any more.
   * @type {string[]}
   */
  removing: [],
});

/**
 * `line` is the command that does the same, of what is in the field.
 * @typedef {{ title: string, text?: string, line: (value: string) => string, label: string, kind: "danger" | "plain", input?: string, inputLabel?: string, confirm: (value: string) => Promise<void> }} Dialog
 */

/** @type {() => void} */
let stopListening = () => {};

const inKey = "nsml.in";

export async function start() {
  applyTheme();
  setInterval(() => (store.now = Date.now()), 5000);
  whenSignedOut(leave);
  // A browser that never signed in need not ask; the cookie itself is out of our sight.
  if (localStorage.getItem(inKey) === null) return void (store.signedIn = "out");
  for (;;) {
    try {
      store.identity = await json("/v1/whoami");
      return enter();
    } catch (problem) {
      // Only the platform itself says that we are not; while it is away it is asked again.
      if (/** @type {any} */ (problem).status === 401 || store.signedIn !== "unknown") return;
    }
    store.connected = false;
    await new Promise((done) => setTimeout(done, 2000));
  }
}

function enter() {
  store.signedIn = "in";
  store.connected = true;
  localStorage.setItem(inKey, "");
  stopListening();
  stopListening = listen(
    () => "/v1/changes",
    { changed: () => (store.changes += 1) },
    (connected) => (store.connected = connected),
  );
  loadDatasets();
}

function leave() {
  stopListening();
  localStorage.removeItem(inKey);
  store.identity = null;
  store.datasets = [];
  store.signedIn = "out";
  store.connected = true;
}

/** @param {{ code?: string, token?: string, replaces?: string }} proof */
export async function signIn(proof) {
  store.identity = await json("/v1/sign-in", { method: "POST", json: proof });
  enter();
}

export async function signOut() {
  try {
    await request("/v1/sign-out", { method: "POST" });
    leave();
  } catch (problem) {
    toastProblem(problem);
  }
}

export async function loadDatasets() {
  try {
    store.datasets = await all("/v1/datasets", [["limit", "1000"]]);
    store.datasetsLoaded = true;
  } catch (problem) {
    toastProblem(problem);
  }
}

/** @param {string} theme */
export function setTheme(theme) {
  store.theme = theme;
  localStorage.setItem("nsml.theme", theme);
  applyTheme();
}

function applyTheme() {
  document.documentElement.dataset.theme = store.theme;
}

/** Whether what is drawn on a canvas must be light on dark. */
export function isDark() {
  return store.theme === "dark" || (store.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

let toastNumber = 0;
/** @param {string} text @param {string} kind @param {string} [link] */
export function toast(text, kind = "done", link) {
  const id = (toastNumber += 1);
  store.toasts.push({ id, text, kind, link });
  setTimeout(() => dismiss(id), kind === "problem" ? 12000 : 5000);
}

/** @param {number} id */
export function dismiss(id) {
  store.toasts = store.toasts.filter((toast) => toast.id !== id);
}

/** @param {any} problem */
export function toastProblem(problem) {
  if (problem?.name === "AbortError" || problem?.status === 401) return;
  toast(problemText(problem), "problem");
}

/** @param {{ state: string } | null | undefined} session */
export const isOver = (session) => ["finished", "failed", "stopped"].includes(session?.state ?? "");

/**
 * Whether one may change what somebody owns.
 * @param {string} owner
 */
export const mayChange = (owner) => store.identity !== null && (store.identity.role === "admin" || store.identity.user === owner);
/** @param {{ name: string }} session */
export const isMine = (session) => mayChange(session.name.split("/")[0]);

// What can be done to sessions. Each shows the line that does the same.

/** @param {string[]} names */
const words = (names) => names.map(quote).join(" ");

/** @param {string[]} names @param {(name: string) => Promise<any>} act @param {string} done @param {() => void} [then] before views look again */
async function forEach(names, act, done, then) {
  for (const name of names) {
    try {
      await act(name);
      toast(`${name} ${done}`, "done", name);
    } catch (problem) {
      toastProblem(problem);
    }
  }
  then?.();
  store.changes += 1;
}

/** @param {string[]} names */
export function askStop(names) {
  store.dialog = {
    title: texts.actions.stopTitle(names.length),
    text: texts.actions.stopText,
    line: () => `nsml stop ${words(names)}`,
    label: texts.session.stop,
    kind: "danger",
    confirm: () =>
      forEach(names, (name) => request(`${sessionPath(name)}/stop`, { method: "POST", json: { graceSeconds: 30, save: true } }), texts.actions.done.stop),
  };
}

/** @param {string[]} names @param {() => void} [then] */
export function askRemove(names, then) {
  store.dialog = {
    title: texts.actions.removeTitle(names.length),
    text: texts.actions.removeText,
    line: () => `nsml rm -f ${words(names)}`,
    label: texts.session.remove,
    kind: "danger",
    confirm: async () => {
      store.removing = names;
      await forEach(names, (name) => request(sessionPath(name), { method: "DELETE", query: [["force", "true"]] }), texts.actions.done.remove, then);
      store.removing = [];
    },
  };
}

/** @param {string[]} names @param {string} memo */
export function askMemo(names, memo) {
  store.dialog = {
    title: texts.actions.memoTitle,
    // It takes one session at a time, and a text that begins like an option is none.
    line: (value) => {
      const dash = value.startsWith("-") ? "-- " : "";
      return names.length === 1 ? `nsml memo ${dash}${words(names)} ${doubled(value)}` : `for name in ${words(names)}; do nsml memo ${dash}"$name" ${doubled(value)}; done`;
    },
    label: texts.apply,
    kind: "plain",
    input: memo,
    confirm: (value) => forEach(names, (name) => request(sessionPath(name), { method: "PATCH", json: { memo: value } }), texts.actions.done.memo),
  };
}

/** @param {import("./types.js").Session} session @param {string} [checkpoint] the newest where it is not given */
export function askFork(session, checkpoint) {
  store.dialog = {
    title: texts.actions.forkTitle,
    text: texts.actions.forkText(checkpoint),
    line: (value) => {
      const line = ["nsml fork", session.name, ...(checkpoint === undefined ? [] : ["-c", quote(checkpoint)]), ...(session.priority ? ["--priority", session.priority] : [])];
      // With nothing behind `--` a fork keeps the arguments that there were.
      return [...line, ...(split(value).length ? ["--", words(split(value))] : ['-a ""'])].join(" ");
    },
    label: texts.session.fork,
    kind: "plain",
    input: session.arguments.map(quote).join(" "),
    inputLabel: texts.overview.arguments,
    confirm: async (value) => {
      try {
        const body = { checkpoint, withoutCheckpoint: false, priority: session.priority, isPrivate: session.isPrivate, arguments: split(value) };
        const fork = await json(`${sessionPath(session.name)}/fork`, { method: "POST", json: body });
        toast(`${fork.name} ${texts.actions.done.fork}`, "done", fork.name);
      } catch (problem) {
        toastProblem(problem);
      }
    },
  };
}

/** @param {import("./types.js").Session} session */
export function askPriority(session) {
  store.dialog = {
    title: texts.actions.priorityTitle,
    text: texts.actions.priorityText,
    line: (value) => `nsml priority -- ${quote(value.trim())} ${session.name}`,
    label: texts.apply,
    kind: "plain",
    input: String(session.priority),
    inputLabel: texts.overview.priority,
    confirm: (value) => forEach([session.name], (name) => request(sessionPath(name), { method: "PATCH", json: { priority: value.trim() === "" ? NaN : Number(value) } }), texts.actions.done.priority),
  };
}

/** @param {string} session @param {string} checkpoint */
export function askSubmit(session, checkpoint) {
  store.dialog = {
    title: texts.actions.submitTitle,
    text: texts.actions.submitText,
    line: () => `nsml submit ${session} ${quote(checkpoint)}`,
    label: texts.models.submit,
    kind: "plain",
    confirm: async () => {
      try {
        const submission = await json(`${sessionPath(session)}/submissions`, { method: "POST", json: { checkpoint, isTest: false } });
        toast(texts.actions.submitted(submission.number));
      } catch (problem) {
        toastProblem(problem);
      }
    },
  };
}

/** @param {string} name */
export const pause = (name) =>
  forEach([name], () => request(`${sessionPath(name)}/pause`, { method: "POST", json: { graceSeconds: 60 } }), texts.actions.done.pause);

/** @param {string} name */
export const resume = (name) => forEach([name], () => request(`${sessionPath(name)}/resume`, { method: "POST" }), texts.actions.done.resume);
