// @ts-check
// One chart: a metric of one or several sessions over steps or time. ECharts draws it on a canvas; it is loaded when first needed.
import { h, onMounted, onUnmounted, ref, watch } from "../vendor/vue.js";
import { isDark, store } from "../app/store.js";
import { across, beginning, colour, dash, inPlace, smooth } from "../app/series.js";
import { moment, number, span, visible } from "../app/format.js";
import { texts } from "../app/texts.js";
import { groupOf } from "./chart-group.js";
import { Undrawn, frame, inert, inks, loadCharts } from "./drawing.js";

/** @param {string} axis @param {number} value @param {boolean} isLong whether the clock alone does not tell */
function place(axis, value, isLong) {
  if (axis === "wall") return isLong ? moment(new Date(value).toISOString()) : new Date(value).toLocaleTimeString();
  return axis === "relative" ? span(value) : String(value);
}

/** @param {ChartProps["lines"]} lines */
function spansDays(lines) {
  const ends = lines.flatMap(({ series }) => [series.times[0], series.times.at(-1)]).filter((time) => time !== undefined);
  return new Set(ends.map((time) => new Date(/** @type {number} */ (time)).toDateString())).size > 1;
}

/**
 * Something that happened, at a step or at a time.
 * @typedef {{ step?: number, time: number, label: string, kind: "saved" | "changed" | "moved" }} Mark
 */

/** Checkpoints are many and quiet; what a person or the scheduler did explains a bend. */
const markInks = { saved: "--text-3", changed: "--accent", moved: "--paused" };

/** More marks than that would be a hatching. */
const markLimit = 60;

/** With more points than that lines are drawn one pixel wide: they stay apart, and without a GPU a browser draws them ten times as fast. */
const denseLimit = 3000;

/**
 * @typedef {object} ChartProps
 * @property {string} title
 * @property {{ session: string, place?: number, origin?: number, series: import("../app/types.js").Series, band?: import("../app/types.js").Series | null }[]} lines `place` in the palette, for what is no session; `origin`: when it started
 * @property {Mark[]} [marks]
 * @property {string} axis
 * @property {boolean} log
 * @property {number} smoothing
 * @property {(value: number) => string} [format] how its values are said; as plain numbers where it is not given
 * @property {number} [limit] what its values cannot exceed: a line there, and the axis begins at nothing
 * @property {string} group charts of one group share their cross-hair and their zoom
 */
export const Chart = {
  props: ["title", "lines", "marks", "axis", "log", "smoothing", "group", "format", "limit"],
  setup(/** @type {ChartProps} */ props, /** @type {any} */ { expose }) {
    const element = ref(/** @type {HTMLElement | null} */ (null));
    /** @type {any} */
    let chart = null;
    const said = (/** @type {number | null | undefined} */ value) => (props.format && typeof value === "number" ? props.format(value) : number(value ?? undefined));
    let isGone = false;
    const group = groupOf(props.group);
    const media = matchMedia("(prefers-color-scheme: dark)");

    /** Whether the pointer is over this one; the others of its group show the cross-hair alone. */
    let isPointed = false;
    const enter = () => (isPointed = true);
    const leave = () => {
      isPointed = false;
      chart?.dispatchAction({ type: "hideTip" });
      if (chart) group.pointed(chart, null);
    };

    const options = () => {
      const ink = inks();
      const { token, label: text } = ink;
      const dark = isDark();
      const drawn = [];
      const isDense = props.lines.reduce((sum, { series }) => sum + series.values.length, 0) > denseLimit;
      for (const line of props.lines) {
        const { session, series, band, origin } = line;
        const shade = line.place === undefined ? colour(session, dark) : inPlace(line.place, dark);
        const at = across(series, props.axis, origin);
        const type = line.place === undefined ? dash(session) : "solid";
        const usable = (/** @type {number | null} */ value) => (value !== null && props.log && value <= 0 ? null : value);
        const raw = series.values.map((value, index) => [at[index], usable(value)]);
        const base = { type: "line", showSymbol: series.values.length === 1, symbolSize: 5, connectNulls: false, animation: false };
        // A screen has fewer places than a series has points; what is no number would be lost between them.
        const sampling = series.odd || props.log ? undefined : "minmax";
        if (band && !props.log) drawn.push(...around(session, series, band, at, shade, base));
        if (props.smoothing > 0) {
          const mean = smooth(series.values, props.smoothing);
          drawn.push({ ...base, sampling, id: `${session} raw`, name: session, data: raw, silent: true, z: 1, lineStyle: { color: shade, type, width: 1, opacity: 0.28 }, itemStyle: { color: shade, opacity: 0.28 }, tooltip: { show: false } });
          drawn.push({ ...base, sampling, id: session, name: session, data: mean.map((value, index) => [at[index], usable(value)]), z: 2, lineStyle: { color: shade, type, width: isDense ? 1 : 1.75 }, itemStyle: { color: shade } });
        } else drawn.push({ ...base, sampling, id: session, name: session, data: raw, z: 2, lineStyle: { color: shade, type, width: isDense ? 1 : 1.5 }, itemStyle: { color: shade } });
      }
      if (drawn.length && props.marks?.length && props.marks.length <= markLimit) {
        const first = props.lines[0].series;
        const begun = beginning(first, props.lines[0].origin);
        // What happened at no step of its own is drawn at the last one that had been reported by then.
        const stepAt = (/** @type {number} */ time) => first.steps[Math.max(0, first.times.findLastIndex((/** @type {number} */ at) => at <= time))];
        const where = (/** @type {Mark} */ mark) => (props.axis === "step" ? (mark.step ?? stepAt(mark.time)) : props.axis === "wall" ? mark.time : (mark.time - begun) / 1000);
        Object.assign(drawn[drawn.length - 1], {
          markLine: {
            silent: true,
            symbol: ["none", "triangle"],
            symbolSize: 5,
            animation: false,
            label: { show: false },
            data: props.marks.map((mark) => ({ xAxis: where(mark), lineStyle: { color: token(markInks[mark.kind]), type: mark.kind === "saved" ? [1, 4] : [4, 3], width: 1, opacity: mark.kind === "saved" ? 0.7 : 0.9 } })),
          },
        });
      }
      if (drawn.length && props.limit !== undefined) {
        const line = { yAxis: props.limit, lineStyle: { color: token("--text-3"), type: [4, 3], width: 1 } };
        Object.assign(drawn[drawn.length - 1], { markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, data: [line] } });
      }
      return {
        animation: false,
        grid: { left: 8, right: 14, top: 10, bottom: 4, containLabel: true },
        xAxis: {
          type: props.axis === "wall" ? "time" : "value",
          min: "dataMin",
          max: "dataMax",
          axisLine: { lineStyle: { color: token("--line-2") } },
          axisTick: { show: false },
          splitLine: { show: false },
          axisLabel: { ...text, hideOverlap: true, formatter: props.axis === "relative" ? (/** @type {number} */ value) => span(value) : undefined },
          axisPointer: { label: { show: false } },
        },
        yAxis: {
          type: props.log ? "log" : "value",
          scale: props.limit === undefined,
          min: props.limit === undefined ? undefined : 0,
          splitNumber: 4,
          axisLine: { show: false },
          axisTick: { show: false },
          splitLine: { lineStyle: { color: token("--line") } },
          axisLabel: { ...text, formatter: said },
        },
        tooltip: {
          ...frame(ink).tooltip,
          trigger: "axis",
          axisPointer: { type: "line", lineStyle: { color: token("--text-3"), type: "solid", width: 1 } },
          formatter: (/** @type {any[]} */ items) => {
            const shown = items.filter((item) => !/ (raw|low|high)$/.test(item.seriesId) && item.value[1] !== null);
            if (!shown.length || !isPointed) return "";
            shown.sort((a, b) => b.value[1] - a.value[1]);
            /** What was reported, behind what was smoothed. */
            const raw = (/** @type {any} */ item) => {
              const value = props.smoothing > 0 ? props.lines.find((line) => line.session === item.seriesId)?.series.values[item.dataIndex] : undefined;
              return typeof value === "number" ? `  (${said(value)})` : "";
            };
            const lines = shown.slice(0, 12).map((item) => `${item.marker}${shown.length > 1 ? `${inert(item.seriesName)}  ` : ""}${said(item.value[1])}${raw(item)}`);
            return [place(props.axis, shown[0].value[0], spansDays(props.lines)), ...lines].join("\n");
          },
        },
        toolbox: { show: true, top: -100, feature: { dataZoom: { yAxisIndex: "none" }, saveAsImage: {} } },
        series: drawn,
      };
    };
    const draw = () => {
      if (!chart) return;
      group.renewed.add(chart);
      chart.setOption(options(), { notMerge: false, replaceMerge: ["series"], lazyUpdate: true });
    };
    const recolour = () => {
      chart?.dispatchAction({ type: "hideTip" });
      requestAnimationFrame(draw);
    };
    /** Where each of its group looks, in hundredths of the whole. */
    const zoom = (/** @type {number} */ start, /** @type {number} */ end) => chart?.dispatchAction({ type: "dataZoom", start, end });
    const zoomed = () => chart?.getModel().getComponent("dataZoom")?.option ?? { start: 0, end: 100 };
    const keys = (/** @type {KeyboardEvent} */ event) => {
      const { start, end } = zoomed();
      const width = end - start;
      const to = { "+": [start + width / 4, end - width / 4], "=": [start + width / 4, end - width / 4], "-": [start - width / 2, end + width / 2], 0: [0, 100], ArrowLeft: [start - width / 4, end - width / 4], ArrowRight: [start + width / 4, end + width / 4] }[event.key];
      if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      // Moved against an end it keeps its width.
      const by = event.key.startsWith("Arrow") ? Math.max(0, -to[0]) - Math.max(0, to[1] - 100) : 0;
      zoom(Math.max(0, to[0] + by), Math.min(100, to[1] + by));
    };
    const observer = new ResizeObserver(() => chart?.resize());
    const isMissing = ref(false);
    onMounted(async () => {
      const echarts = await loadCharts().catch(() => null);
      if (!echarts) return void (isMissing.value = true);
      if (isGone || !element.value) return;
      chart = echarts.init(element.value, null, { renderer: "canvas" });
      draw();
      // Dragging always zooms; the button that ECharts has for it lies outside of the picture.
      chart.dispatchAction({ type: "takeGlobalCursor", key: "dataZoomSelect", dataZoomSelectActive: true });
      chart.getZr().on("dblclick", () => zoom(0, 100));
      group.add(chart, () => isPointed);
      observer.observe(element.value);
    });
    onUnmounted(() => {
      isGone = true;
      observer.disconnect();
      media.removeEventListener("change", recolour);
      if (chart) group.remove(chart);
      chart?.dispose();
    });
    media.addEventListener("change", recolour);
    watch(() => [props.lines, props.marks, props.axis, props.log, props.smoothing], draw, { deep: false });
    watch(() => store.theme, recolour);
    // A stretch of one axis is none of another.
    watch(() => props.axis, () => zoom(0, 100));

    /** The same picture as lines and letters: drawn anew beside the document, since a canvas has none. */
    const svg = async () => {
      const echarts = await loadCharts();
      const paper = echarts.init(null, null, { renderer: "svg", ssr: true, width: element.value?.clientWidth ?? 640, height: element.value?.clientHeight ?? 216 });
      paper.setOption({ ...options(), backgroundColor: getComputedStyle(document.body).backgroundColor, tooltip: undefined, toolbox: undefined });
      const text = paper.renderToSVGString();
      paper.dispose();
      return new Blob([text], { type: "image/svg+xml" });
    };
    expose({ svg, png: () => chart?.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: getComputedStyle(document.body).backgroundColor }) });
    return () =>
      isMissing.value
        ? h(Undrawn)
        : h("div", {
            class: "canvas",
            ref: element,
            tabindex: 0,
            "aria-keyshortcuts": "+ - 0 ArrowLeft ArrowRight",
            onKeydown: keys,
            onPointerenter: enter,
            onPointerleave: leave,
            role: "img",
            "aria-label": `${visible(props.title)}: ${describe(props.lines, said)}`,
          });
  },
};

/**
 * A band of one standard deviation to both sides: an unseen line at its lower edge, and what lies above that up to the upper one.
 * @param {string} session @param {import("../app/types.js").Series} series @param {import("../app/types.js").Series} band
 * @param {number[]} at @param {string} shade @param {any} base
 */
function around(session, series, band, at, shade, base) {
  // Thinned apart from its value it has other steps: then the last one before says how wide it is.
  const isThinned = band.steps.length < band.total;
  let place = 0;
  const widths = series.steps.map((step) => {
    if (band.steps[place] > step) place = 0;
    while (band.steps[place + 1] <= step) place += 1;
    return band.steps[place] === step || (isThinned && band.steps[place] < step) ? band.values[place] : null;
  });
  const edge = (/** @type {(value: number, width: number) => number} */ of) =>
    series.values.map((value, index) => {
      const width = widths[index];
      return [at[index], value === null || width === null ? null : of(value, width)];
    });
  const unseen = { ...base, showSymbol: false, silent: true, z: 1, stack: `${session} band`, stackStrategy: "all", lineStyle: { opacity: 0 }, tooltip: { show: false } };
  return [
    { ...unseen, id: `${session} low`, name: session, data: edge((value, width) => value - width) },
    { ...unseen, id: `${session} high`, name: session, data: edge((_, width) => 2 * width), areaStyle: { color: shade, opacity: 0.14 } },
  ];
}

/**
 * What a reader who does not see it is told.
 * @param {ChartProps["lines"]} lines @param {(value: number | null | undefined) => string} said
 */
function describe(lines, said) {
  return lines
    .slice(0, 8)
    .map(({ session, series }) => {
      const values = series.values.filter((value) => value !== null);
      return `${session} ${texts.graph.points(series.total)}, ${said(values[0])} → ${said(values.at(-1))}`;
    })
    .join("; ");
}
