// @ts-check
// Which lines two texts share (Myers, "An O(ND) Difference Algorithm"), as pairs to be shown beside each other.

/** Texts that differ in more lines than that are shown without pairing them. */
const editLimit = 1500;

/**
 * @param {string[]} left @param {string[]} right
 * @returns {{ left?: number, right?: number }[]} line numbers from 0; a line that only one has stands alone
 */
export function pairs(left, right) {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let tail = 0;
  while (tail < left.length - start && tail < right.length - start && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const [a, b] = [left.slice(start, left.length - tail), right.slice(start, right.length - tail)];
  const middle = changed(a, b);
  return [
    ...Array.from({ length: start }, (_, index) => ({ left: index, right: index })),
    ...middle.map((pair) => ({ left: pair.left === undefined ? undefined : pair.left + start, right: pair.right === undefined ? undefined : pair.right + start })),
    ...Array.from({ length: tail }, (_, index) => ({ left: left.length - tail + index, right: right.length - tail + index })),
  ];
}

/** @param {string[]} a @param {string[]} b @returns {{ left?: number, right?: number }[]} */
function changed(a, b) {
  const all = () => [...a.map((_, left) => ({ left })), ...b.map((_, right) => ({ right }))];
  if (!a.length || !b.length) return all();
  const limit = Math.min(a.length + b.length, editLimit);
  /** @type {Map<number, number>[]} */
  const trace = [];
  let reach = new Map([[1, 0]]);
  for (let edits = 0; edits <= limit; edits += 1) {
    trace.push(new Map(reach));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0));
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return walk(trace, a.length, b.length);
    }
  }
  return all();
}

/**
 * Back from the end, along the steps that were kept.
 * @param {Map<number, number>[]} trace @param {number} x @param {number} y
 */
function walk(trace, x, y) {
  /** @type {{ left?: number, right?: number }[]} */
  const found = [];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const reach = trace[edits];
    const k = x - y;
    const down = k === -edits || (k !== edits && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0));
    const before = down ? k + 1 : k - 1;
    const fromX = reach.get(before) ?? 0;
    const fromY = fromX - before;
    while (x > fromX && y > fromY) found.push({ left: (x -= 1), right: (y -= 1) });
    if (edits > 0) found.push(down ? { right: (y -= 1) } : { left: (x -= 1) });
  }
  return found.reverse();
}

/**
 * Pairs as rows: what was taken out stands beside what came in its place.
 * @param {{ left?: number, right?: number }[]} list
 */
export function rows(list) {
  /** @type {{ left?: number, right?: number, isSame: boolean }[]} */
  const found = [];
  let lefts = /** @type {number[]} */ ([]);
  let rights = /** @type {number[]} */ ([]);
  const flush = () => {
    for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) found.push({ left: lefts[index], right: rights[index], isSame: false });
    [lefts, rights] = [[], []];
  };
  for (const { left, right } of list) {
    if (left !== undefined && right !== undefined) {
      flush();
      found.push({ left, right, isSame: true });
    } else if (left !== undefined) lefts.push(left);
    else if (right !== undefined) rights.push(right);
  }
  flush();
  return found;
}
