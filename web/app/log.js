// @ts-check
// What a session printed, as far as it is loaded: a window of lines with the byte offset of each, that grows at both ends and never
// beyond a bound. Offsets are bytes of the whole log, so a link to a line stays right.
import { request } from "./api.js";
import { fold } from "./ansi.js";

/** So many lines are kept; what is furthest from where one looks is forgotten, and can be loaded again. */
const lineLimit = 200000;
const pieceBytes = 256 * 1024;
/** A line is cut here: nobody reads further, and a browser would stall. */
const lineCharacters = 20000;

/** @typedef {{ offset: number, raw: string }} Line */

export class Log {
  /** @param {string} path of the session */
  constructor(path) {
    this.path = path;
    /** @type {Line[]} */
    this.lines = [];
    /** Bytes [from, to) are loaded. */
    this.from = 0;
    this.to = 0;
    /** Whether the newest lines are among them. */
    this.atEnd = true;
    this.isOver = false;
    /** The bytes after the last line break, which may go on. */
    this.open = false;
  }

  /** @param {[string, string][]} query */
  async fetch(query) {
    const response = await request(`${this.path}/output`, { query });
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      offset: Number(response.headers.get("nsml-offset")),
      next: Number(response.headers.get("nsml-next-offset")),
      end: response.headers.get("nsml-end") === "true",
    };
  }

  /** All of it, piece by piece: one answer carries at most a mebibyte. */
  async whole() {
    const pieces = [];
    for (let offset = 0; ; ) {
      const piece = await this.fetch([["offset", String(offset)]]);
      if (!piece.bytes.length) return pieces;
      pieces.push(piece.bytes);
      offset = piece.next;
    }
  }

  /** The newest lines. */
  async openAtEnd() {
    const piece = await this.fetch([["tailLines", "2000"]]);
    this.reset(piece.offset);
    this.isOver = piece.end;
    this.append(piece.bytes, piece.next);
    this.atEnd = true;
  }

  /**
   * The lines around a byte of the log.
   * @param {number} offset
   */
  async openAt(offset) {
    const start = Math.max(0, offset - pieceBytes / 2);
    const piece = await this.fetch([
      ["offset", String(start)],
      ["limit", String(pieceBytes)],
    ]);
    const first = start === 0 ? 0 : piece.bytes.indexOf(10) + 1 || boundary(piece.bytes);
    this.reset(piece.offset + first);
    this.isOver = piece.end;
    this.append(piece.bytes.subarray(first), piece.next);
    this.atEnd = piece.bytes.length < pieceBytes;
  }

  /** @param {number} offset */
  reset(offset) {
    this.lines = [];
    this.from = this.to = offset;
    this.open = false;
  }

  /** @param {number} bytes @returns {Promise<number>} how many lines came before the first */
  async earlier(bytes = pieceBytes) {
    if (this.from === 0) return 0;
    const start = Math.max(0, this.from - bytes);
    const piece = await this.fetch([
      ["offset", String(start)],
      ["limit", String(this.from - start)],
    ]);
    const first = start === 0 ? 0 : piece.bytes.indexOf(10) + 1;
    // One line that is longer than a piece: taken as it is.
    const from = start > 0 && (first === 0 || first === piece.bytes.length) ? boundary(piece.bytes) : first;
    const lines = split(piece.bytes.subarray(from), piece.offset + from).lines;
    this.lines = [...lines, ...this.lines];
    this.from = piece.offset + from;
    if (this.lines.length > lineLimit) {
      this.lines.length = lineLimit;
      this.to = this.lines[lineLimit - 1].offset;
      this.lines.length -= 1;
      this.atEnd = false;
      this.open = false;
    }
    return lines.length;
  }

  /** @returns {Promise<boolean>} whether there was more */
  async later() {
    const piece = await this.fetch([
      ["offset", String(this.to)],
      ["limit", String(pieceBytes)],
    ]);
    this.isOver = piece.end;
    this.append(piece.bytes, piece.next);
    if (piece.bytes.length < pieceBytes) this.atEnd = true;
    return piece.bytes.length > 0;
  }

  /** @param {Uint8Array} bytes what follows byte `to` @param {number} next */
  append(bytes, next) {
    if (!bytes.length) return 0;
    // The first bytes of a character that is not whole are left, to be fetched with its rest; unless it has none.
    const count = this.isOver ? bytes.length : wholeCharacters(bytes);
    if (!count) return 0;
    const found = split(bytes.subarray(0, count), this.to);
    if (this.open && this.lines.length && found.lines.length) {
      const last = this.lines[this.lines.length - 1];
      const first = /** @type {Line} */ (found.lines.shift());
      this.lines[this.lines.length - 1] = { offset: last.offset, raw: (last.raw + first.raw).slice(-lineCharacters) };
    }
    for (const line of found.lines) this.lines.push(line);
    this.open = found.open;
    this.to = next - (bytes.length - count);
    let forgotten = 0;
    if (this.lines.length > lineLimit) {
      forgotten = this.lines.length - lineLimit;
      this.lines.splice(0, forgotten);
      this.from = this.lines[0].offset;
    }
    return forgotten;
  }
}

const decoder = new TextDecoder();

/**
 * Where the first character begins: before it may be the end of one that was cut.
 * @param {Uint8Array} bytes
 */
const boundary = (bytes) => Math.max(0, bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80));

/**
 * How many bytes lie before a last character of UTF-8 that is cut off.
 * @param {Uint8Array} bytes
 */
function wholeCharacters(bytes) {
  for (let at = bytes.length - 1; at >= Math.max(0, bytes.length - 3); at -= 1) {
    if ((bytes[at] & 0xc0) === 0x80) continue;
    const length = bytes[at] >= 0xf0 ? 4 : bytes[at] >= 0xe0 ? 3 : bytes[at] >= 0xc0 ? 2 : 1;
    return at + length > bytes.length ? at : bytes.length;
  }
  return bytes.length;
}

/** @param {Uint8Array} bytes @param {number} offset of the first @returns {{ lines: Line[], open: boolean }} */
function split(bytes, offset) {
  const lines = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    lines.push({ offset: offset + start, raw: decoder.decode(bytes.subarray(start, end)).slice(0, lineCharacters) });
    start = end + 1;
  }
  const open = start < bytes.length;
  if (open) lines.push({ offset: offset + start, raw: decoder.decode(bytes.subarray(start)).slice(0, lineCharacters) });
  return { lines, open };
}

/** @param {Line} line */
export const shown = (line) => fold(line.raw);
