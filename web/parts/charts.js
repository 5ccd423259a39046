// @ts-check
// The charts of one or several sessions: one for each metric, grouped by the part of the name before the slash.
import { computed, h, onMounted, onUnmounted, reactive, ref, shallowReactive, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { toast, toastProblem } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { series } from "../app/series.js";
import { texts } from "../app/texts.js";
import { visible } from "../app/format.js";
import { Choice, Empty, Icon, saveFile } from "./basics.js";
import { Chart } from "./chart.js";
import { loadCharts } from "./drawing.js";

/** A screen has no more places; the platform keeps the smallest and largest of each. */
const pointLimit = 1500;
/** Points that came live are added to the thinned series until then; from there on it is asked for anew. */
const tailLimit = 600;
/** So many points are saved as CSV; the platform gives no more at once. */
const saveLimit = 100000;
/** So many charts of a group are shown before somebody asks for the others. */
const groupLimit = 24;

/** `loss@std` is the standard deviation of `loss`. */
const deviation = "@std";

// On its way while the first series are; who draws says if it does not come.
loadCharts().catch(() => {});

/** @typedef {{ session: string, startedAt?: string, metrics: Record<string, import("../app/types.js").Metric> }} Source */

export const Charts = {
  props: ["sources", "marks", "hasOthers"],
  setup(/** @type {{ sources: Source[], hasOthers?: boolean, marks?: import("./chart.js").Mark[] }} */ props) {
    const filter = ref(route.query.metrics ?? "");
    const smoothing = ref(Number(route.query.smoothing ?? 0));
    // Somebody may follow a link to the same session.
    watch(() => [route.query.metrics, route.query.smoothing], ([metrics, smooth]) => ((filter.value = metrics ?? ""), (smoothing.value = Number(smooth ?? 0))));
    /** @type {Record<string, boolean>} */
    const folded = reactive({});
    /** @type {Record<string, number>} */
    const limits = reactive({});

    const expression = computed(() => {
      try {
        return new RegExp(filter.value, "i");
      } catch {
        return undefined;
      }
    });
    const groups = computed(() => {
      const names = new Set(props.sources.flatMap((source) => Object.keys(source.metrics)));
      /** @type {Map<string, string[]>} */
      const found = new Map();
      for (const name of [...names].sort()) {
        // A deviation is drawn around what it belongs to.
        if (name.endsWith(deviation) && names.has(name.slice(0, -deviation.length))) continue;
        if (expression.value && !expression.value.test(name)) continue;
        const group = /^([\p{L}\p{N}_. -]+)\//u.exec(name)?.[1] ?? "";
        found.set(group, [...(found.get(group) ?? []), name]);
      }
      // Those without a group come last.
      return [...found].sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
    });

    const axis = () => (["relative", "wall"].includes(route.query.axis) ? route.query.axis : "step");
    const tools = () =>
      h("div", { class: "bar" }, [
        h("input", {
          type: "search",
          class: "grow",
          placeholder: texts.graph.filter,
          "aria-label": texts.graph.filter,
          "aria-invalid": expression.value === undefined ? "true" : null,
          spellcheck: false,
          value: filter.value,
          onInput: (/** @type {any} */ event) => {
            filter.value = event.target.value;
            setQuery({ metrics: filter.value });
          },
        }),
        h(Choice, {
          label: texts.graph.axis,
          value: axis(),
          options: [["step", texts.graph.step], ["relative", texts.graph.relative], ["wall", texts.graph.wall]],
          onChoose: (/** @type {string} */ value) => setQuery({ axis: value === "step" ? undefined : value }),
        }),
        h("label", { class: "check" }, [
          h("input", { type: "checkbox", checked: route.query.log === "true", onChange: (/** @type {any} */ event) => setQuery({ log: event.target.checked ? "true" : undefined }) }),
          texts.graph.log,
        ]),
        h("label", { class: "slider" }, [
          h("span", texts.graph.smoothing),
          h("input", {
            type: "range",
            min: 0,
            max: 0.99,
            step: 0.01,
            value: smoothing.value,
            onInput: (/** @type {any} */ event) => (smoothing.value = Number(event.target.value)),
            onChange: () => setQuery({ smoothing: smoothing.value ? String(smoothing.value) : undefined }),
          }),
          h("output", { class: "number" }, smoothing.value.toFixed(2)),
        ]),
      ]);

    return () => {
      const shown = groups.value;
      const isEmpty = !props.hasOthers && props.sources.every((source) => !Object.keys(source.metrics).length);
      return h("div", { class: "charts" }, [
        tools(),
        isEmpty ? h(Empty, { text: texts.graph.empty, line: texts.graph.emptyLine }) : null,
        shown.map(([group, names]) => {
          const limit = limits[group] ?? groupLimit;
          return h("section", { key: group, class: "group" }, [
            group || shown.length > 1
              ? h("h2", [
                  h("button", { type: "button", class: "quiet opener", "aria-expanded": String(!folded[group]), onClick: () => (folded[group] = !folded[group]) }, [
                    h(Icon, { name: "chevron" }),
                    visible(group || texts.graph.others),
                    h("span", { class: "count number" }, names.length),
                  ]),
                ])
              : null,
            folded[group]
              ? null
              : h("div", { class: "grid" }, [
                  names.slice(0, limit).map((name) => h(Panel, { key: name, name, sources: props.sources, marks: props.marks, axis: axis(), log: route.query.log === "true", smoothing: smoothing.value })),
                ]),
            !folded[group] && names.length > limit ? h("button", { type: "button", onClick: () => (limits[group] = limit + 48) }, texts.graph.more) : null,
          ]);
        }),
      ]);
    };
  },
};

/** One metric: fetches its series when it comes into sight, and keeps them live. */
const Panel = {
  props: ["name", "sources", "marks", "axis", "log", "smoothing"],
  setup(/** @type {{ name: string, sources: Source[], marks?: import("./chart.js").Mark[], axis: string, log: boolean, smoothing: number }} */ props) {
    const element = ref(/** @type {HTMLElement | null} */ (null));
    const chart = ref(/** @type {any} */ (null));
    const seen = ref(false);
    /**
     * By session. Thousands of numbers each, so what lies below is not watched.
     * @type {Record<string, { series: import("../app/types.js").Series, band: import("../app/types.js").Series | null, count: number, tail: number }>}
     */
    const loaded = shallowReactive({});
    const observer = new IntersectionObserver((entries) => (seen.value = entries.some((entry) => entry.isIntersecting)), { rootMargin: "200px" });
    onMounted(() => element.value && observer.observe(element.value));
    onUnmounted(() => observer.disconnect());
    const busy = new Set();

    const fetchSeries = async (/** @type {string} */ session, /** @type {string} */ name, points = pointLimit) =>
      series(await json(`${sessionPath(session)}/series`, { query: [["name", name], ["points", String(points)]] }));
    const countOf = (/** @type {string} */ session) => props.sources.find((source) => source.session === session)?.metrics[props.name]?.count;
    const fetchWhole = async (/** @type {Source} */ source) => {
      const session = source.session;
      if (busy.has(session)) return;
      busy.add(session);
      const count = countOf(session);
      try {
        const whole = await fetchSeries(session, props.name);
        const around = `${props.name}${deviation}` in source.metrics ? await fetchSeries(session, `${props.name}${deviation}`) : null;
        loaded[session] = { series: whole, band: around, count: whole.total, tail: 0 };
      } catch (error) {
        toastProblem(error);
      }
      busy.delete(session);
      // What came meanwhile, perhaps the last of it, had nobody to look at it.
      if (countOf(session) !== count) update();
    };
    const update = () => {
      if (!seen.value) return;
      for (const source of props.sources) {
        const metric = source.metrics[props.name];
        const have = loaded[source.session];
        if (!metric || have?.count === metric.count) continue;
        const lastStep = have?.series.steps.at(-1) ?? -1;
        if (have && !have.band && metric.count === have.count + 1 && metric.lastStep > lastStep && metric.lastTimeMilliseconds !== undefined && have.tail < tailLimit) {
          // The one new point is in what we were told.
          const value = typeof metric.last === "number" ? metric.last : null;
          const old = have.series;
          loaded[source.session] = {
            series: { ...old, steps: [...old.steps, metric.lastStep], times: [...old.times, metric.lastTimeMilliseconds], values: [...old.values, value], total: metric.count, odd: old.odd + (value === null ? 1 : 0) },
            band: null,
            count: metric.count,
            tail: have.tail + 1,
          };
        } else fetchWhole(source);
      }
    };
    watch(() => [seen.value, ...props.sources.map((source) => source.metrics[props.name]?.count)], update, { immediate: true });

    const lines = computed(() => props.sources.filter((source) => loaded[source.session]).map((source) => ({ session: source.session, origin: source.startedAt ? Date.parse(source.startedAt) : undefined, series: loaded[source.session].series, band: loaded[source.session].band })));
    const save = (/** @type {Blob | string | undefined} */ content, /** @type {string} */ suffix) => content && saveFile(content, `${props.name.replaceAll(/[^\w.-]+/g, "-")}.${suffix}`);
    /** All of it, and not what a picture has room for. */
    const csv = async () => {
      // A cell that a spreadsheet would take for a formula begins with a quote.
      const cell = (/** @type {string} */ text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
      const rows = [`session,step,time,${cell(props.name)}`];
      for (const { session, series: drawn } of lines.value) {
        let series = drawn;
        try {
          // What is drawn is thinned; what is saved only where there is more than one answer carries.
          if (drawn.steps.length < drawn.total) series = await fetchSeries(session, props.name, saveLimit);
        } catch (error) {
          return toastProblem(error);
        }
        if (series.steps.length < series.total) toast(texts.graph.thinned(session, series.steps.length, series.total), "problem");
        series.steps.forEach((step, index) => rows.push(`${cell(session)},${step},${new Date(series.times[index]).toISOString()},${series.values[index] ?? ""}`));
      }
      save(new Blob([rows.join("\n")], { type: "text/csv" }), "csv");
    };

    const png = () => save(chart.value?.png(), "png");
    // Where charts could not be drawn, that is said in their place.
    const svg = async () => save(await chart.value?.svg().catch(() => undefined), "svg");

    return () => {
      const odd = lines.value.reduce((sum, { series }) => sum + series.odd, 0);
      const title = visible(props.name);
      return h("figure", { class: "panel", ref: element }, [
        h("figcaption", [
          h("span", { class: "cut", title }, title),
          odd ? h("span", { class: "odd number" }, texts.graph.gap(odd)) : null,
          h("span", { class: "tools" }, [
            h("button", { type: "button", class: "quiet", title: texts.graph.png, "aria-label": `${texts.graph.png}: ${title}`, onClick: png }, "PNG"),
            h("button", { type: "button", class: "quiet", title: texts.graph.svg, "aria-label": `${texts.graph.svg}: ${title}`, onClick: svg }, "SVG"),
            h("button", { type: "button", class: "quiet", title: texts.graph.csv, "aria-label": `${texts.graph.csv}: ${title}`, onClick: csv }, "CSV"),
          ]),
        ]),
        lines.value.length
          ? h(Chart, { ref: chart, title: props.name, lines: lines.value, marks: props.marks, axis: props.axis, log: props.log, smoothing: props.smoothing, group: "metrics" })
          : h("div", { class: "canvas", "aria-busy": "true" }),
      ]);
    };
  },
};
