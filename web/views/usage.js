// @ts-check
// What a session used of its node over time: CPU, memory and each of its GPUs, live while it runs.
import { computed, h, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { isDark, store } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { inPlace, series } from "../app/series.js";
import { texts } from "../app/texts.js";
import { size } from "../app/format.js";
import { Choice, Empty, Ready, useLoaded } from "../parts/basics.js";
import { Chart } from "../parts/chart.js";

const text = texts.usage;
const cores = (/** @type {number} */ value) => value.toFixed(value < 0.095 ? 3 : value < 10 ? 2 : 1);
/** A chart is not wider. */
const pointLimit = "400";

/** @typedef {{ session: string, place: number, origin?: number, series: import("../app/types.js").Series }} Line */
/** @typedef {{ id: string, title: string, lines: Line[], format: (value: number) => string, limit?: number, of?: string }} Figure `of`: what it asked for */

export const Usage = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const loaded = useLoaded(
      () => props.shared.session?.name,
      async (name) => (await json(`${sessionPath(name)}/usage`, { query: [["points", pointLimit]] })).items.map(series),
    );
    watch(() => props.shared.usage, loaded.refresh);
    const axis = () => (route.query.axis === "wall" ? "wall" : "relative");

    const figures = computed(() => {
      /** @type {import("../app/types.js").Series[]} */
      const all = loaded.value.value ?? [];
      const resources = props.shared.session?.resources;
      const started = props.shared.session?.startedAt;
      const origin = started ? Date.parse(started) : undefined;
      const one = (/** @type {string} */ name, /** @type {string} */ title) => all.filter((series) => series.name === name).map((series) => ({ session: title, place: 0, origin, series }));
      const each = (/** @type {string} */ what) =>
        all.flatMap((series) => {
          const match = /^gpu\/(\d+)\/(.*)$/.exec(series.name);
          return match?.[2] === what ? [{ session: text.gpu(match[1]), place: Number(match[1]), origin, series }] : [];
        });
      /** @type {Figure[]} */
      const found = [
        { id: "utilization", title: text.utilization, lines: each("utilization"), format: text.percent, limit: 100 },
        { id: "gpuMemory", title: text.gpuMemory, lines: each("memory"), format: size },
        { id: "cpu", title: text.cpu, lines: one("cpu", text.cpu), format: cores, limit: resources?.cpus, of: resources && String(resources.cpus) },
        { id: "memory", title: text.memory, lines: one("memory", text.memory), format: size, limit: resources?.memoryBytes, of: resources && size(resources.memoryBytes) },
        { id: "power", title: text.power, lines: each("power"), format: text.watts },
        { id: "temperature", title: text.temperature, lines: each("temperature"), format: text.degrees },
      ];
      return found.filter((figure) => figure.lines.length);
    });

    const panel = (/** @type {Figure} */ figure) => {
      const newest = figure.lines.map((line) => line.series.values.at(-1)).filter((value) => typeof value === "number");
      return h("figure", { class: "panel", key: figure.id }, [
        h("figcaption", [
          h("span", { class: "cut" }, figure.title),
          figure.lines.length > 1
            ? h("ul", { class: "legend" }, figure.lines.map((line) => h("li", { key: line.session }, [h("i", { style: { background: inPlace(line.place, isDark()) }, "aria-hidden": "true" }), line.session])))
            : null,
          h("span", { class: "newest number" }, newest.map((value) => figure.format(/** @type {number} */ (value))).join(" · ") + (figure.of ? ` / ${figure.of}` : "")),
        ]),
        h(Chart, { title: figure.title, lines: figure.lines, axis: axis(), log: false, smoothing: 0, group: "usage", format: figure.format, limit: figure.limit }),
      ]);
    };

    return () =>
      h(Ready, { problem: loaded.problem.value, ready: loaded.value.value !== null }, () => {
        // So that the legend follows the theme.
        void store.theme;
        if (!figures.value.length) return h(Empty, { text: text.empty });
        return h("div", { class: "charts usage" }, [
          h("div", { class: "bar" }, [
            h(Choice, { label: texts.graph.axis, value: axis(), options: [["relative", texts.graph.relative], ["wall", texts.graph.wall]], onChoose: (/** @type {string} */ value) => setQuery({ axis: value === "wall" ? "wall" : undefined }) }),
          ]),
          h("div", { class: "grid" }, figures.value.map(panel)),
        ]);
      });
  },
};
