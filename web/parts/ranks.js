// @ts-check
// How the places of a board went: one line for each user, the first place on top.
import { h } from "../vendor/vue.js";
import { isDark } from "../app/store.js";
import { palette } from "../app/series.js";
import { moment, visible } from "../app/format.js";
import { texts } from "../app/texts.js";
import { Drawing, frame, inert, inks } from "./drawing.js";

/** Places further down are not drawn. */
const placeLimit = 10;

/**
 * The places of all after each change, oldest first. Whoever gets a place moves the others down. Who stood on the board before the first
 * of the changes is unknown until one names them: their places are kept for them.
 * @param {{ recordedAt: string, user: string, rank: number, formerRank?: number }[]} changes newest first, as the platform lists them
 */
export function standings(changes) {
  /** @type {(string | null)[]} */
  const order = [];
  /** @type {Map<string, [number, number][]>} */
  const lines = new Map();
  for (const change of [...changes].reverse()) {
    const known = order.indexOf(change.user);
    const former = known >= 0 ? known : (change.formerRank ?? 0) - 1;
    while (order.length < Math.max(former + 1, change.rank - 1)) order.push(null);
    if (former >= 0) order.splice(former, 1);
    order.splice(change.rank - 1, 0, change.user);
    const time = Date.parse(change.recordedAt);
    order.forEach((user, index) => {
      if (user === null) return;
      const line = lines.get(user) ?? [];
      if (line.at(-1)?.[1] !== index + 1) line.push([time, index + 1]);
      lines.set(user, line);
    });
  }
  return lines;
}

/** @param {{ changes: any[], now: number }} props */
export function Ranks({ changes, now }) {
  const lines = standings(changes);
  const lowest = Math.max(2, ...[...lines.values()].flat().map(([, rank]) => rank));
  const end = Math.max(now, ...changes.map((change) => Date.parse(change.recordedAt)));
  const option = () => {
    const ink = inks();
    const { axis, upright, grid, tooltip } = frame(ink);
    const colours = isDark() ? palette.dark : palette.light;
    const drawn = [...lines].filter(([, line]) => line.some(([, rank]) => rank <= placeLimit));
    return {
      animation: false,
      color: colours,
      grid: { ...grid, right: 96 },
      tooltip: { ...tooltip, trigger: "item", formatter: (/** @type {any} */ point) => `${inert(point.seriesName)}\n${texts.dataset.rank} ${point.value[1]}\n${moment(new Date(point.value[0]).toISOString())}` },
      xAxis: { ...axis, type: "time" },
      yAxis: { ...upright, type: "value", inverse: true, min: 1, max: Math.min(placeLimit, lowest), minInterval: 1 },
      series: drawn.map(([user, line]) => ({
        type: "line",
        step: "end",
        name: user,
        symbolSize: 6,
        data: [...line, [end, line.at(-1)?.[1]]],
        lineStyle: { width: 2 },
        endLabel: { show: true, color: ink.token("--text-2"), fontSize: 11, formatter: () => inert(user) },
      })),
    };
  };
  const label = [...lines].map(([user, line]) => `${visible(user)} ${texts.dataset.rank} ${line.at(-1)?.[1]}`).join("; ");
  return h("div", { class: "ranks" }, h(Drawing, { version: label, label: `${texts.dataset.history}: ${label}`, option }));
}
Ranks.props = ["changes", "now"];
