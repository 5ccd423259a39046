// @ts-check
// The files of a checkpoint as one archive, put together in the browser: unpacked it gives what `nsml model pull` gives.
import { request, sessionPath } from "./api.js";
import { manifestEntries } from "./code.js";

const block = 512;
const encoder = new TextEncoder();

/**
 * The 512 bytes before a file.
 * @param {string} path @param {number} bytes @param {string} mode @param {string} kind "0" a file, "x" what is said of the next one
 */
function header(path, bytes, mode, kind) {
  const head = new Uint8Array(block);
  const put = (/** @type {number} */ at, /** @type {string} */ text, /** @type {number} */ limit) => head.set(encoder.encode(text).subarray(0, limit), at);
  put(0, path, 100);
  put(100, `${mode}\0`, 8);
  put(108, "0000000\0", 8);
  put(116, "0000000\0", 8);
  // What is larger than eleven octal digits can say stands in the words before.
  put(124, `${(bytes >= 8 ** 11 ? 0 : bytes).toString(8).padStart(11, "0")}\0`, 12);
  put(136, `${Math.floor(Date.now() / 1000).toString(8).padStart(11, "0")}\0`, 12);
  put(148, " ".repeat(8), 8);
  put(156, kind, 1);
  put(257, "ustar\x0000", 8);
  const sum = head.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `, 8);
  return head;
}

/** @param {number} bytes what is missing to a whole block */
const rest = (bytes) => new Uint8Array((block - (bytes % block)) % block);

/**
 * A line of pax: its own length, counted with it, then what it says.
 * @param {string} key @param {string} value
 */
function said(key, value) {
  const tail = ` ${key}=${value}\n`;
  const length = encoder.encode(tail).length;
  let whole = length + String(length).length;
  if (String(whole).length > String(length).length) whole += 1;
  return `${whole}${tail}`;
}

/** @param {string} session @param {string} checkpoint @param {string} folder the files lie below it */
export async function checkpointArchive(session, checkpoint, folder) {
  const path = sessionPath(session);
  /** @type {[string, string][]} */
  const query = [["checkpoint", checkpoint]];
  /** @type {(Blob | Uint8Array)[]} */
  const parts = [];
  for (const entry of await manifestEntries(`${path}/checkpoints/manifest`, query)) {
    const answer = await request(`${path}/checkpoints/content`, { method: "POST", query, json: { digests: [entry.digest] } });
    // Behind 40 bytes that say what it is. A browser keeps what is large on the disk.
    const content = (await answer.blob()).slice(40);
    const name = `${folder}/${entry.path}`;
    const words = (encoder.encode(name).length > 100 || /[^ -~]/.test(name) ? said("path", name) : "") + (entry.bytes >= 8 ** 11 ? said("size", String(entry.bytes)) : "");
    if (words) {
      const bytes = encoder.encode(words);
      parts.push(header("more", bytes.length, "0000644", "x"), bytes, rest(bytes.length));
    }
    parts.push(header(name, entry.bytes, entry.isExecutable ? "0000755" : "0000644", "0"), content, rest(entry.bytes));
  }
  return new Blob([...parts, new Uint8Array(2 * block)], { type: "application/x-tar" });
}
