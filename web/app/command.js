// @ts-check
// The line that makes a session again, as `nsml command` prints it.
import { doubled, quote } from "./format.js";

/** @type {[string, number][]} */
const units = [["T", 1e12], ["G", 1e9], ["M", 1e6], ["K", 1e3], ["Ti", 2 ** 40], ["Gi", 2 ** 30], ["Mi", 2 ** 20], ["Ki", 2 ** 10]];

/**
 * As an option takes it, without loss.
 * @param {number} bytes
 */
function exact(bytes) {
  const unit = units.find(([, factor]) => bytes >= factor && bytes % factor === 0);
  return unit ? `${bytes / unit[1]}${unit[0]}` : String(bytes);
}

/**
 * Which checkpoints stay, as `--keep` takes it.
 * @param {{ best?: number, last?: number, metric?: string, order?: string }} keep
 */
function rule({ best, last, metric, order }) {
  const of = [metric, order].filter((word) => word !== undefined).map((word) => `:${word}`).join("");
  const parts = [...(best === undefined ? [] : [`best:${best}${of}`]), ...(last === undefined ? [] : [`last:${last}`])];
  return parts.join(",") || "all";
}

/** @param {import("./types.js").Session} session */
function common(session) {
  const asked = session.resources;
  return [
    ...(session.memo ? ["-m", doubled(session.memo)] : []),
    ...(session.label ? ["--name", quote(session.label)] : []),
    ...["-g", asked.gpus, "--cpus", asked.cpus, "--memory", exact(asked.memoryBytes), "--shm-size", exact(asked.sharedMemoryBytes)],
    ...(session.priority ? ["--priority", session.priority] : []),
    ...(session.keep ? ["--keep", quote(rule(session.keep))] : []),
    ...(session.isPrivate ? ["--private"] : []),
    ...(session.network ? ["--network"] : []),
  ];
}

/** @param {import("./types.js").Session} session */
export function commandOf(session) {
  const { origin, parent, type } = session;
  const given = doubled(session.arguments.map(quote).join(" "));
  if (!origin) return ["nsml run -e", quote(session.entry), ...session.datasets.flatMap((dataset) => ["-d", dataset]), ...common(session), ...(session.arguments.length ? ["-a", given] : [])].join(" ");
  const pair = parent ? [origin, quote(parent.split("/").slice(3).join("/"))] : [origin];
  if (type === "reproduce") return `nsml reproduce ${origin}`;
  if (type === "infer") return `nsml infer ${quote(parent ?? origin)}`;
  if (type.startsWith("submit")) return [type === "submit" ? "nsml submit" : "nsml submit -t", ...pair].join(" ");
  // Without any it would keep those of the original.
  return ["nsml fork", ...pair, ...(parent ? [] : ["--no-checkpoint"]), ...common(session), "-a", given].join(" ");
}
