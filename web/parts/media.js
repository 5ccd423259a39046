// @ts-check
// Images, sounds, histograms, tables and what Visdom draws: a panel for each name, with a slider over its steps.
import { computed, h, onMounted, onUnmounted, ref, shallowRef, watch } from "../vendor/vue.js";
import { json, request, sessionPath } from "../app/api.js";
import { isDark } from "../app/store.js";
import { palette } from "../app/series.js";
import { number, visible } from "../app/format.js";
import { texts } from "../app/texts.js";
import { Drawing, frame, inert, inks } from "./drawing.js";

/** @typedef {{ number: number, name: string, step: number, time: string, kind: string, type: string, caption: string, bytes: number }} Medium */

/** So many are asked for at once. */
const pageSize = 1000;

/**
 * All that a session has, kept up to date as it grows.
 * @param {() => string | undefined} session @param {() => number} newest
 */
export function useMedia(session, newest) {
  const items = shallowRef(/** @type {Medium[]} */ ([]));
  let turn = 0;
  const more = async () => {
    const name = session();
    const mine = turn;
    if (!name) return;
    try {
      for (let next = true; next; ) {
        const after = items.value.at(-1)?.number ?? 0;
        const page = await json(`${sessionPath(name)}/media`, { query: [["limit", String(pageSize)], ["after", String(after)]] });
        if (mine !== turn) return;
        if (page.items.length) items.value = [...items.value, ...page.items];
        next = page.next !== undefined;
      }
    } catch {
      // What is known stays; the next one that comes asks again.
    }
  };
  watch(session, () => ((turn += 1), (items.value = []), more()), { immediate: true });
  watch(newest, more);
  return items;
}

export const MediaPanels = {
  props: ["session", "items"],
  setup(/** @type {{ session: string, items: Medium[] }} */ props) {
    const names = computed(() => {
      /** @type {Map<string, Map<number, Medium>>} */
      const found = new Map();
      for (const item of props.items) {
        if (!found.has(item.name)) found.set(item.name, new Map());
        found.get(item.name)?.set(item.step, item);
      }
      return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, steps]) => ({ name, steps: [...steps.values()].sort((a, b) => a.step - b.step) }));
    });
    return () =>
      names.value.length
        ? h("section", { class: "group media" }, [
            h("h2", texts.media.title),
            h("div", { class: "grid" }, names.value.map(({ name, steps }) => h(MediaPanel, { key: name, session: props.session, name, steps }))),
          ])
        : null;
  },
};

const MediaPanel = {
  props: ["session", "name", "steps"],
  setup(/** @type {{ session: string, name: string, steps: Medium[] }} */ props) {
    const element = ref(/** @type {HTMLElement | null} */ (null));
    const seen = ref(false);
    /** The number of the one that somebody chose; null: the newest. */
    const chosen = ref(/** @type {number | null} */ (null));
    const content = shallowRef(/** @type {any} */ (null));
    const problem = ref("");
    const observer = new IntersectionObserver((entries) => (seen.value ||= entries.some((entry) => entry.isIntersecting)), { rootMargin: "200px" });
    onMounted(() => element.value && observer.observe(element.value));
    onUnmounted(() => observer.disconnect());
    const place = computed(() => {
      const found = props.steps.findIndex((item) => item.number === chosen.value);
      return found < 0 ? props.steps.length - 1 : found;
    });
    const item = computed(() => props.steps[place.value]);
    const address = (/** @type {Medium} */ item) => `${sessionPath(props.session)}/media/content?number=${item.number}`;
    const isFile = (/** @type {Medium} */ item) => item.kind === "image" || item.kind === "audio";
    watch(
      () => [seen.value, item.value?.number],
      async () => {
        const now = item.value;
        if (!seen.value || !now || isFile(now)) return;
        problem.value = "";
        try {
          const loaded = await (await request(address(now))).json();
          if (item.value?.number === now.number) [content.value, problem.value] = [{ number: now.number, ...loaded }, ""];
        } catch (error) {
          if (item.value?.number === now.number) problem.value = /** @type {any} */ (error).message;
        }
      },
      { immediate: true },
    );
    const body = (/** @type {Medium} */ item) => {
      if (!seen.value) return null;
      const title = `${visible(item.name)}, ${texts.media.step(item.step)}`;
      if (item.kind === "image") return h("img", { src: address(item), alt: item.caption ? visible(item.caption) : title, decoding: "async" });
      if (item.kind === "audio") return h("audio", { key: item.number, controls: true, preload: "none", src: address(item), "aria-label": title });
      if (problem.value) return h("p", { class: "problem" }, visible(problem.value));
      const value = content.value;
      if (!value) return null;
      if (item.kind === "text") return h("pre", visible(String(value.text ?? "")));
      if (item.kind === "table") return h(MediaTable, { value });
      return h(Drawing, { key: "drawing", version: value, label: title, option: () => option(item.kind, value) });
    };
    return () => {
      const shown = item.value;
      const name = visible(props.name);
      return h("figure", { class: "panel", ref: element }, [
        h("figcaption", [
          h("span", { class: "cut", title: name }, name),
          h("span", { class: "tools" }, [
            h("a", { class: "button small", href: address(shown), download: `${props.name.replaceAll(/[^\w.-]+/g, "-")}-${shown.step}.${shown.type.split("/")[1]}`, "aria-label": `${texts.media.save}: ${name}` }, texts.media.save),
          ]),
        ]),
        h("div", { class: ["shown", shown.kind] }, [body(shown)]),
        shown.caption ? h("p", { class: "muted caption" }, visible(shown.caption)) : null,
        h("label", { class: "slider" }, [
          h("span", { class: "hidden" }, `${texts.media.which}: ${name}`),
          props.steps.length > 1
            ? h("input", {
                type: "range",
                min: 0,
                max: props.steps.length - 1,
                value: place.value,
                "aria-valuetext": texts.media.step(shown.step),
                onInput: (/** @type {any} */ event) => {
                  const index = Number(event.target.value);
                  chosen.value = index === props.steps.length - 1 ? null : props.steps[index].number;
                },
              })
            : null,
          h("output", { class: "number" }, texts.media.step(shown.step)),
        ]),
      ]);
    };
  },
};

/** @param {{ value: any }} props */
function MediaTable({ value }) {
  const rows = Array.isArray(value.rows) ? value.rows : [];
  // What is no number in a column of numbers travels as a word.
  const isNumber = (/** @type {any} */ content) => typeof content === "number" || /^-?(nan|inf|infinity)$/i.test(String(content));
  const cell = (/** @type {any} */ content) => (typeof content === "number" ? number(content) : content === null || content === undefined ? "" : visible(String(content)));
  return [
    h("div", { class: "scroller" }, [
      h("table", { class: "data" }, [
        value.columns?.length ? h("thead", h("tr", value.columns.map((/** @type {string} */ name, /** @type {number} */ index) => h("th", { key: index, scope: "col", class: { number: rows.length > 0 && rows.every((/** @type {any[]} */ row) => isNumber(row[index]) || row[index] === null) } }, visible(String(name)))))) : null,
        h("tbody", rows.map((/** @type {any[]} */ row, /** @type {number} */ index) => h("tr", { key: index }, row.map((content, at) => h("td", { key: at, class: { number: isNumber(content) } }, cell(content)))))),
      ]),
    ]),
    value.total > rows.length ? h("p", { class: "muted note" }, texts.media.rows(rows.length, value.total)) : null,
  ];
}
MediaTable.props = ["value"];

const numbers = (/** @type {any} */ list) => (Array.isArray(list) ? list.map(Number) : []);

/**
 * How a histogram, bars, a heat map or points are drawn.
 * @param {string} kind @param {any} value
 */
function option(kind, value) {
  const ink = inks();
  const { axis, upright, grid, tooltip } = frame(ink);
  const colours = isDark() ? palette.dark : palette.light;
  const base = { animation: false, grid, color: colours, tooltip: { ...tooltip, trigger: "item" } };
  if (kind === "histogram") {
    const [counts, edges] = [numbers(value.counts), numbers(value.edges)];
    return {
      ...base,
      tooltip: { ...base.tooltip, trigger: "axis", formatter: (/** @type {any[]} */ [bar]) => `${number(edges[bar.dataIndex])} … ${number(edges[bar.dataIndex + 1])}\n${number(counts[bar.dataIndex])}` },
      xAxis: { ...axis, type: "category", data: counts.map((_, index) => number(edges[index])) },
      yAxis: { ...upright, type: "value", splitNumber: 4 },
      series: [{ type: "bar", data: counts, barCategoryGap: "6%" }],
    };
  }
  /** @type {number[][]} */
  const rows = Array.isArray(value.rows) ? value.rows.map(numbers) : [];
  const titles = { xAxis: { name: value.xlabel ? inert(value.xlabel) : undefined, nameLocation: "middle", nameGap: 24 }, yAxis: { name: value.ylabel ? inert(value.ylabel) : undefined } };
  if (value.plot === "heatmap") {
    const across = Math.max(0, ...rows.map((row) => row.length));
    const flat = rows.flatMap((row, y) => row.map((cell, x) => [x, y, cell]));
    const values = flat.map((cell) => cell[2]).filter(Number.isFinite);
    return {
      ...base,
      tooltip: { ...base.tooltip, formatter: (/** @type {any} */ cell) => number(cell.value[2]) },
      xAxis: { ...axis, ...titles.xAxis, type: "category", data: (value.columnnames ?? Array.from({ length: across }, (_, index) => index)).map(inert) },
      yAxis: { ...axis, ...titles.yAxis, type: "category", data: (value.rownames ?? rows.map((_, index) => index)).map(inert) },
      visualMap: { show: false, min: Math.min(...values), max: Math.max(...values), inRange: { color: isDark() ? ["#16233c", "#5fb0f2", "#f6f3c8"] : ["#f2f6fc", "#3b8bd0", "#0b2b52"] } },
      series: [{ type: "heatmap", data: flat }],
    };
  }
  if (value.plot === "bar") {
    const groups = Math.max(1, ...rows.map((row) => row.length));
    const names = value.rownames ?? (value.places?.length === rows.length ? value.places : rows.map((_, index) => index + 1));
    return {
      ...base,
      xAxis: { ...axis, ...titles.xAxis, type: "category", data: names.map(inert) },
      yAxis: { ...upright, ...titles.yAxis, type: "value" },
      series: Array.from({ length: groups }, (_, at) => ({ type: "bar", name: inert(value.legend?.[at] ?? at + 1), data: rows.map((row) => row[at]) })),
    };
  }
  const classes = Array.isArray(value.classes) ? value.classes.map(String) : rows.map(() => "1");
  return {
    ...base,
    tooltip: { ...base.tooltip, formatter: (/** @type {any} */ point) => `${inert(point.seriesName)}\n${point.value.map(number).join(", ")}` },
    xAxis: { ...upright, ...titles.xAxis, type: "value", scale: true },
    yAxis: { ...upright, ...titles.yAxis, type: "value", scale: true },
    series: [...new Set(classes)].map((name, at) => ({ type: "scatter", symbolSize: 5, name: inert(value.legend?.[at] ?? name), data: rows.filter((_, index) => classes[index] === name) })),
  };
}
