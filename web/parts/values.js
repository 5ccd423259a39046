// @ts-check
// What is fetched for a row of the sessions table when the row is seen: best values, and curves a finger wide.
import { h, ref, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { isOver } from "../app/store.js";
import { number } from "../app/format.js";

/** So many requests at once: the rows in sight come first, and the platform has others to serve. */
const parallel = 6;
/** So many answers are kept. */
const cacheLimit = 3000;
/** @type {Map<string, Promise<any>>} */
const cache = new Map();
/** @type {(() => void)[]} */
const waiting = [];
let running = 0;

/** @param {string} key @param {() => Promise<any>} load */
function cached(key, load) {
  const known = cache.get(key);
  if (known) return known;
  if (cache.size >= cacheLimit) cache.delete(/** @type {string} */ (cache.keys().next().value));
  const promise = new Promise((resolve) => {
    waiting.push(async () => {
      // What cannot be had is left empty, and asked for again when the row comes again: the row says the rest.
      resolve(
        await load().catch(() => {
          cache.delete(key);
          return null;
        }),
      );
      running -= 1;
      next();
    });
    next();
  });
  cache.set(key, promise);
  return promise;
}

function next() {
  while (running < parallel && waiting.length) {
    running += 1;
    /** @type {() => void} */ (waiting.pop())();
  }
}

/**
 * A session that goes on is asked again, but not with each of its steps.
 * @param {import("../app/types.js").Session} session
 */
const version = (session) => (isOver(session) ? `over ${session.eventNumber}` : Math.floor((session.step ?? 0) / 20));

/** The smallest or largest value of a metric. */
export const Best = {
  props: ["session", "metric", "kind"],
  setup(/** @type {{ session: import("../app/types.js").Session, metric: string, kind: "minimum" | "maximum" }} */ props) {
    const value = ref(/** @type {any} */ (undefined));
    watch(
      () => [props.session.name, version(props.session), props.metric, props.kind],
      async () => {
        if (!(props.metric in props.session.summary)) return void (value.value = undefined);
        const name = props.session.name;
        const page = await cached(`metrics ${name} ${version(props.session)}`, () => json(`${sessionPath(name)}/metrics`));
        if (name === props.session.name) value.value = page?.items.find((/** @type {any} */ metric) => metric.name === props.metric)?.[props.kind];
      },
      { immediate: true },
    );
    return () => number(value.value);
  },
};

/** The course of a metric. */
export const Spark = {
  props: ["session", "metric"],
  setup(/** @type {{ session: import("../app/types.js").Session, metric: string }} */ props) {
    const path = ref("");
    watch(
      () => [props.session.name, version(props.session), props.metric],
      async () => {
        if (!(props.metric in props.session.summary)) return void (path.value = "");
        const name = props.session.name;
        const columns = await cached(`spark ${name} ${version(props.session)} ${props.metric}`, () =>
          json(`${sessionPath(name)}/series`, { query: [["name", props.metric], ["points", "60"]] }),
        );
        if (name === props.session.name) path.value = columns ? draw(columns.steps, columns.values) : "";
      },
      { immediate: true },
    );
    return () => (path.value ? h("svg", { class: "spark", viewBox: "0 0 84 22", "aria-hidden": "true" }, h("path", { d: path.value })) : null);
  },
};

/** @param {number[]} steps @param {(number | string)[]} values */
function draw(steps, values) {
  const points = steps.map((step, index) => [step, values[index]]).filter((point) => typeof point[1] === "number");
  if (points.length < 2) return "";
  const numbers = points.map((point) => Number(point[1]));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const [first, last] = [Number(points[0][0]), Number(points[points.length - 1][0])];
  return points
    .map(([step, value], index) => `${index ? "L" : "M"}${(1 + (82 * (Number(step) - first)) / (last - first || 1)).toFixed(1)} ${(20 - (18 * (Number(value) - low)) / (high - low || 1)).toFixed(1)}`)
    .join("");
}
