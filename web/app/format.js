// @ts-check
// Numbers, sizes and times as people read them.

/** @param {number} bytes */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  // What would be rounded to a thousand is one of the next.
  while (value >= (unit ? 999.5 : 1000) && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/**
 * A span in its two largest units.
 * @param {number} seconds
 */
export function span(seconds) {
  if (!(seconds >= 0)) return "";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * How long ago, in one unit.
 * @param {string} time @param {number} now milliseconds
 */
export function age(time, now) {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/**
 * The moment in the reader's own time zone.
 * @param {string | undefined} time
 */
export function moment(time) {
  if (!time) return "";
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/**
 * A metric's value; "NaN" and the infinities travel as words.
 * @param {number | string | undefined} value
 */
export function number(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value.replace("Infinity", "∞");
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e7)) return value.toExponential(3);
  return value.toPrecision(5).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/**
 * A word as a shell takes it.
 * @param {string} word
 */
export function quote(word) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * In double quotes, as `nsml command` writes what may hold spaces.
 * @param {string} word
 */
export const doubled = (word) => `"${word.replace(/[\\"$`]/g, (mark) => `\\${mark}`)}"`;

/**
 * Arguments as pairs, in their order: `--lr 0.1 --fast x.py` → lr 0.1, fast yes, 3 x.py.
 * @param {string[]} words @returns {[string, string][]}
 */
export function argumentList(words) {
  /** @type {Map<string, string>} */
  const pairs = new Map();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const match = /^--?([A-Za-z_][^=]*)(?:=(.*))?$/s.exec(word);
    if (!match) pairs.set(String(index + 1), word);
    else if (match[2] !== undefined) pairs.set(match[1], match[2]);
    else if (index + 1 < words.length && !/^--?[A-Za-z_]/.test(words[index + 1])) pairs.set(match[1], words[(index += 1)]);
    else pairs.set(match[1], "yes");
  }
  return [...pairs];
}

/**
 * The same by their names.
 * @param {string[]} words @returns {Record<string, string>}
 */
export const argumentPairs = (words) => Object.fromEntries(argumentList(words));

/**
 * Foreign text with its invisible and misleading characters made visible.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "␡";
    return `⟨${code.toString(16).toUpperCase()}⟩`;
  });
}

/**
 * A line as a shell divides it into words: with quotes and backslashes, and nothing else.
 * @param {string} line
 */
export function split(line) {
  const words = [];
  for (const match of line.matchAll(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/g)) {
    words.push(match[0].replace(/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, (_, escaped, double, single) => escaped ?? single ?? double.replace(/\\(["\\$`])/g, "$1")));
  }
  return words;
}
