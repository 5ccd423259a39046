// @ts-check
// What is computed of a series before it is drawn, and which colour it has.
import { reactive } from "../vendor/vue.js";

/** Distinguishable with any kind of colour vision, and light or dark enough for their ground (after Okabe and Ito, and Paul Tol). */
export const palette = {
  light: ["#0a67b0", "#c4500a", "#08805d", "#a8397f", "#8a6a00", "#4b4fc4", "#b3263c", "#217c8c"],
  dark: ["#5fb0f2", "#f29a55", "#45c7a0", "#e58fc4", "#d9bd45", "#9da4ff", "#f27f8f", "#63c9dc"],
};

/**
 * A session keeps the place in the palette that it was given first.
 * @type {Record<string, number>}
 */
const places = reactive({});

/** @param {string} session @param {boolean} dark */
export function colour(session, dark) {
  if (places[session] === undefined) places[session] = Object.keys(places).length;
  return inPlace(places[session], dark);
}

/** @type {("solid" | number[])[]} */
const dashes = ["solid", [6, 3], [2, 3], [9, 3, 2, 3]];

/**
 * How the line of a session is broken: those that share a colour differ in it.
 * @param {string} session which has got its colour
 */
export const dash = (session) => dashes[Math.floor((places[session] ?? 0) / palette.light.length) % dashes.length];

/**
 * The colour of what is no session.
 * @param {number} place @param {boolean} dark
 */
export function inPlace(place, dark) {
  const colours = dark ? palette.dark : palette.light;
  return colours[place % colours.length];
}

/**
 * The exponential mean that does not begin at zero.
 * @param {(number | null)[]} values @param {number} weight 0 to 1
 */
export function smooth(values, weight) {
  let mean = 0;
  let norm = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = mean * weight + value * (1 - weight);
    norm = norm * weight + (1 - weight);
    return mean / norm;
  });
}

/** @param {{ name: string, totalCount: number, steps: number[], timesMilliseconds: number[], values: (number | string)[] }} columns @returns {import("./types.js").Series} */
export function series(columns) {
  // What is no number is information, but nothing that could be drawn: a gap.
  const values = columns.values.map((value) => (typeof value === "number" ? value : null));
  return {
    name: columns.name,
    steps: columns.steps,
    times: columns.timesMilliseconds,
    values,
    total: columns.totalCount,
    odd: values.filter((value) => value === null).length,
  };
}

/**
 * Where the relative axis begins: with the session, and where that is not known with its first point.
 * @param {import("./types.js").Series} series @param {number} [origin] when the session started
 */
export const beginning = (series, origin) => Math.min(origin ?? Infinity, series.times[0] ?? Infinity);

/**
 * The horizontal place of each point.
 * @param {import("./types.js").Series} series @param {string} axis @param {number} [origin] when the session started
 */
export function across(series, axis, origin) {
  if (axis === "wall") return series.times;
  if (axis === "relative") return series.times.map((time) => (time - beginning(series, origin)) / 1000);
  return series.steps;
}
