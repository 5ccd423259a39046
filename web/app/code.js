// @ts-check
// The code of sessions, as it was uploaded.
import { request, sessionPath } from "./api.js";
import { texts } from "./texts.js";

/** Larger files are not shown. */
const sizeLimit = 1_000_000;

/** @typedef {{ digest: string, bytes: number, isExecutable: boolean, path: string }} Entry */

/** @param {string} session */
export const codeEntries = (session) => manifestEntries(`${sessionPath(session)}/code/manifest`);

/**
 * `DIGEST SIZE MODE PATH` a line, after one line that says what it is.
 * @param {string} address @param {[string, string][]} query @returns {Promise<Entry[]>}
 */
export async function manifestEntries(address, query = []) {
  const text = await (await request(address, { query })).text();
  return text
    .split("\n")
    .slice(1)
    .filter(Boolean)
    .map((line) => {
      const [digest, bytes, mode, ...path] = line.split(" ");
      return { digest, bytes: Number(bytes), isExecutable: mode === "x", path: path.join(" ") };
    });
}

/**
 * A file's text, or why there is none to be shown.
 * @param {string} session @param {Entry} entry @returns {Promise<{ text?: string, note?: string }>}
 */
export async function codeText(session, entry) {
  if (entry.bytes > sizeLimit) return { note: texts.code.large };
  const answer = await request(`${sessionPath(session)}/code/content`, { method: "POST", json: { digests: [entry.digest] } });
  // A pack of one piece: 32 bytes of digest, 8 of length, the bytes.
  const bytes = new Uint8Array(await answer.arrayBuffer()).subarray(40);
  return bytes.includes(0) ? { note: texts.code.binary } : { text: new TextDecoder().decode(bytes) };
}
