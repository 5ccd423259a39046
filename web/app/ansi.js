// @ts-check
// What a terminal would show of a line: colours of SGR sequences as runs of text, carriage returns folded, other controls visible.
import { visible } from "./format.js";

/** @typedef {{ text: string, style: string }} Run `style` is a list of class names */

const escape = /\u001b(?:\[([0-9;:?]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/**
 * What stays of a line after its carriage returns: what was written last.
 * @param {string} line
 */
export function fold(line) {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  const at = text.lastIndexOf("\r");
  return at < 0 ? text : text.slice(at + 1);
}

/** @param {string} line without escape sequences, as it is searched @returns {string} */
export function plain(line) {
  return visible(line.replace(escape, ""));
}

/** @param {string} line @returns {Run[]} */
export function runs(line) {
  if (!line.includes("\u001b")) return [{ text: visible(line), style: "" }];
  /** @type {Run[]} */
  const result = [];
  const state = { bold: false, dim: false, italic: false, underline: false, inverse: false, front: "", back: "" };
  let from = 0;
  const put = (/** @type {string} */ text) => text && result.push({ text: visible(text), style: classes(state) });
  for (const match of line.matchAll(escape)) {
    const at = match.index ?? 0;
    put(line.slice(from, at));
    from = at + match[0].length;
    if (match[2] === "m") apply(state, match[1]);
  }
  put(line.slice(from));
  return result;
}

/** @param {any} state */
function classes(state) {
  const names = [];
  if (state.bold) names.push("a-bold");
  if (state.dim) names.push("a-dim");
  if (state.italic) names.push("a-italic");
  if (state.underline) names.push("a-underline");
  if (state.inverse) names.push("a-inverse");
  if (state.front) names.push(`a-${state.front}`);
  if (state.back) names.push(`a-on-${state.back}`);
  return names.join(" ");
}

/** @param {any} state @param {string} parameters */
function apply(state, parameters) {
  // With colons a colour may name its space, and a line below its shape, which is none where it is 0.
  const alike = (parameters || "0").replace(/([34]8:2):\d*(:\d+:\d+:\d+)/g, "$1$2").replace(/(^|;)4:(\d+)/g, (_, before, shape) => before + (Number(shape) ? "4" : "24"));
  const codes = alike.split(/[;:]/).map(Number);
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index];
    if (code === 0) Object.assign(state, { bold: false, dim: false, italic: false, underline: false, inverse: false, front: "", back: "" });
    else if (code === 1) state.bold = true;
    else if (code === 2) state.dim = true;
    else if (code === 3) state.italic = true;
    else if (code === 4) state.underline = true;
    else if (code === 7) state.inverse = true;
    else if (code === 22) state.bold = state.dim = false;
    else if (code === 23) state.italic = false;
    else if (code === 24) state.underline = false;
    else if (code === 27) state.inverse = false;
    else if (code >= 30 && code <= 37) state.front = String(code - 30);
    else if (code === 39) state.front = "";
    else if (code >= 40 && code <= 47) state.back = String(code - 40);
    else if (code === 49) state.back = "";
    else if (code >= 90 && code <= 97) state.front = String(code - 90 + 8);
    else if (code >= 100 && code <= 107) state.back = String(code - 100 + 8);
    else if (code === 38 || code === 48) {
      const skipped = codes[index + 1] === 5 ? 2 : codes[index + 1] === 2 ? 4 : 0;
      const nearest = skipped === 2 ? fromTable(codes[index + 2]) : skipped === 4 ? fromRGB(codes[index + 2], codes[index + 3], codes[index + 4]) : "";
      if (code === 38) state.front = nearest;
      else state.back = nearest;
      index += skipped;
    }
  }
}

/**
 * The nearest of the sixteen colours that the page has for light and dark ground.
 * @param {number} red @param {number} green @param {number} blue
 */
function fromRGB(red, green, blue) {
  const strong = Math.max(red, green, blue);
  if (strong < 60) return "8";
  const bit = (/** @type {number} */ value) => (value > strong / 1.6 ? 1 : 0);
  return String(bit(red) + 2 * bit(green) + 4 * bit(blue) + (strong > 190 ? 8 : 0));
}

/** @param {number} index of the 256 */
function fromTable(index) {
  if (index < 16) return String(index);
  if (index >= 232) return index < 244 ? "8" : "7";
  const level = (/** @type {number} */ value) => (value ? 55 + 40 * value : 0);
  const cube = index - 16;
  return fromRGB(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/**
 * A text divided at what fits an expression: every second part does.
 * @param {string} text @param {RegExp} expression
 */
export function parts(text, expression) {
  const list = [];
  let from = 0;
  for (const match of text.matchAll(new RegExp(expression.source, "gi"))) {
    if (!match[0] || list.length > 200) break;
    const at = match.index ?? 0;
    list.push(text.slice(from, at), match[0]);
    from = at + match[0].length;
  }
  return [...list, text.slice(from)];
}
