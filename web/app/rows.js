// @ts-check
// How a log's lines lie one below the other: all of them, or those that a search found with some around, and as high as each is when it
// is wrapped. Heights are in rows of one line.
import { plain } from "./ansi.js";
import { shown } from "./log.js";

/** @typedef {import("./log.js").Line} Line */
/**
 * What is shown at one place: a line by its index, or how many lines are left out.
 * @typedef {{ index: number, gap: number }} Item
 */

/**
 * How many cells of a terminal each line takes: nothing changes that but its text.
 * @type {WeakMap<Line, number>}
 */
const widths = new WeakMap();
/**
 * What a browser really made of a line, where that was something else.
 * @type {WeakMap<Line, { columns: number, rows: number }>}
 */
const measured = new WeakMap();

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const none = /\p{Mn}|\p{Me}|\u200d|\ufe0f/u;

/** @param {string} text */
export function cells(text) {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let count = 0;
  for (const letter of text) {
    if (letter === "\t") count += 8 - (count % 8);
    else if (!none.test(letter)) count += wide.test(letter) ? 2 : 1;
  }
  return count;
}

/** @param {Line} line @param {number} columns */
function height(line, columns) {
  const known = measured.get(line);
  if (known?.columns === columns) return known.rows;
  let width = widths.get(line);
  if (width === undefined) widths.set(line, (width = cells(plain(shown(line)))));
  return Math.max(1, Math.ceil(width / columns));
}

/**
 * Notes how many rows a line has taken; whether that is news.
 * @param {Line} line @param {number} columns @param {number} rows
 */
export function measure(line, columns, rows) {
  if (height(line, columns) === rows) return false;
  measured.set(line, { columns, rows });
  return true;
}

export class Rows {
  /**
   * @param {Line[]} lines
   * @param {number[] | null} hits indices of lines, growing, of which only these and their neighbours are shown; null: all are
   * @param {number} around how many neighbours to each side
   * @param {number} columns where lines are wrapped; 0: nowhere
   */
  constructor(lines, hits, around, columns) {
    this.lines = lines;
    /**
     * Indices of lines, and below zero how many are left out; null: all lines.
     * @type {number[] | null}
     */
    this.list = hits && select(lines.length, hits, around);
    this.length = this.list ? this.list.length : lines.length;
    /**
     * Where each begins, and the last ends; null: all are one row high.
     * @type {Int32Array | null}
     */
    this.tops = columns ? new Int32Array(this.length + 1) : null;
    if (!this.tops) return;
    for (let place = 0; place < this.length; place += 1) {
      const index = this.list ? this.list[place] : place;
      this.tops[place + 1] = this.tops[place] + (index < 0 ? 1 : height(lines[index], columns));
    }
  }

  /** @param {number} place @returns {Item} */
  item(place) {
    const index = this.list ? this.list[place] : place;
    return index < 0 ? { index: -1, gap: -index } : { index, gap: 0 };
  }

  /**
   * In rows; `length` gives the end.
   * @param {number} place
   */
  top(place) {
    return this.tops ? this.tops[place] : place;
  }

  /**
   * What lies at a height.
   * @param {number} row
   */
  at(row) {
    const tops = this.tops;
    if (!tops) return Math.max(0, Math.min(this.length, Math.floor(row)));
    return before(this.length, (place) => tops[place + 1] <= row);
  }

  /**
   * Where a line is shown, or where it would be.
   * @param {number} index
   */
  placeOf(index) {
    const list = this.list;
    if (!list) return index;
    // What is left out lies between its neighbours.
    return before(list.length, (place) => (list[place] < 0 ? (list[place + 1] ?? Infinity) <= index : list[place] < index));
  }
}

/**
 * The first number for which `isBefore` does not hold.
 * @param {number} count @param {(place: number) => boolean} isBefore
 */
function before(count, isBefore) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {number} count @param {number[]} hits @param {number} around */
function select(count, hits, around) {
  /** @type {number[]} */
  const list = [];
  let next = 0;
  for (const hit of hits) {
    const from = Math.max(next, hit - around);
    if (from > next) list.push(next - from);
    for (let index = from; index <= Math.min(count - 1, hit + around); index += 1) list.push(index);
    next = Math.max(next, hit + around + 1);
  }
  if (next < count) list.push(next - count);
  return list;
}

/** Which lines fit an expression: each line is looked at once. */
export class Finder {
  constructor() {
    /** @type {RegExp | null} */
    this.expression = null;
    /** @type {WeakMap<Line, boolean>} */
    this.known = new WeakMap();
  }

  /** @param {Line[]} lines @param {RegExp} expression */
  find(lines, expression) {
    if (this.expression !== expression) [this.expression, this.known] = [expression, new WeakMap()];
    const found = [];
    for (let index = 0; index < lines.length; index += 1) {
      let fits = this.known.get(lines[index]);
      if (fits === undefined) this.known.set(lines[index], (fits = expression.test(plain(shown(lines[index])))));
      if (fits) found.push(index);
    }
    return found;
  }
}

/** @param {HTMLElement} element how wide a letter of its font is */
export function letterWidth(element) {
  const paper = document.createElement("canvas").getContext("2d");
  if (!paper) return 7.2;
  const style = getComputedStyle(element);
  paper.font = `${style.fontSize} ${style.fontFamily}`;
  return paper.measureText("0".repeat(100)).width / 100;
}
