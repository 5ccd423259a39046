// @ts-check
// The filter of the sessions table: `state:running user:ann dataset:mnist name:ann/* arg.lr:0.1 metric.loss<0.5 words`.
import { argumentPairs } from "./format.js";

/** @typedef {import("./types.js").Session} Session */

const comparisons = {
  "<": (/** @type {number} */ a, /** @type {number} */ b) => a < b,
  "<=": (/** @type {number} */ a, /** @type {number} */ b) => a <= b,
  ">": (/** @type {number} */ a, /** @type {number} */ b) => a > b,
  ">=": (/** @type {number} */ a, /** @type {number} */ b) => a >= b,
};

/**
 * What the platform filters by itself, and what is left for us.
 * @param {string} text
 * @returns {{ query: [string, string][], fits: ((session: Session) => boolean) | null, wrong: string | null }}
 */
export function parseFilter(text) {
  /** @type {[string, string][]} */
  const query = [];
  /** @type {((session: Session) => boolean)[]} */
  const tests = [];
  let wrong = null;
  for (const word of text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    const bare = word.replaceAll('"', "");
    const field = /^(arg|metric)\.(.+?)(:|<=|>=|<|>|=)(.*)$/.exec(bare);
    const pair = /^(state|user|dataset|name):(.+)$/.exec(bare);
    if (field) tests.push(fieldTest(field[1], field[2], field[3], field[4]));
    else if (pair?.[1] === "state") for (const state of pair[2].split(",")) query.push(["state", state]);
    else if (pair?.[1] === "name") query.push(["pattern", pair[2]]);
    else if (pair) query.push([pair[1], pair[2]]);
    else if (/^\w+:/.test(bare)) wrong = bare;
    else {
      const lowered = bare.toLowerCase();
      tests.push((session) => `${session.name} ${session.memo} ${session.label ?? ""} ${session.arguments.join(" ")}`.toLowerCase().includes(lowered));
    }
  }
  return { query, fits: tests.length ? (session) => tests.every((test) => test(session)) : null, wrong };
}

/** @param {string} kind @param {string} name @param {string} operator @param {string} wanted */
function fieldTest(kind, name, operator, wanted) {
  return (/** @type {Session} */ session) => {
    const found = kind === "arg" ? argumentPairs(session.arguments)[name] : session.summary[name];
    if (found === undefined) return false;
    const compare = comparisons[/** @type {keyof typeof comparisons} */ (operator)];
    if (compare) return compare(Number(found), Number(wanted));
    return String(found) === wanted || (wanted !== "" && Number(found) === Number(wanted));
  };
}
