// @ts-check
// Sessions by their numbers: parallel axes and points, both with a brush that picks sessions.
import { computed, h, ref } from "../vendor/vue.js";
import { isDark } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { colour } from "../app/series.js";
import { argumentPairs, number, visible } from "../app/format.js";
import { texts } from "../app/texts.js";
import { Choice } from "./basics.js";
import { Drawing, frame, inert, inks } from "./drawing.js";

/** @typedef {{ id: string, label: string, isNumber: boolean, read: (session: import("../app/types.js").Session) => any }} Field */

/** More axes than that are a hatching. */
const axisLimit = 12;

/**
 * What the sessions can be laid out by: arguments that differ, and metrics.
 * @param {import("../app/types.js").Session[]} sessions @returns {Field[]}
 */
function fieldsOf(sessions) {
  const pairs = new Map(sessions.map((session) => [session.name, argumentPairs(session.arguments)]));
  const names = new Set(sessions.flatMap((session) => Object.keys(pairs.get(session.name) ?? {})));
  /** @type {Field[]} */
  const fields = [];
  for (const name of [...names].sort()) {
    const values = sessions.map((session) => pairs.get(session.name)?.[name]);
    if (new Set(values).size < 2) continue;
    const isNumber = values.every((value) => value === undefined || (value !== "" && Number.isFinite(Number(value))));
    fields.push({ id: `arg.${name}`, label: visible(name), isNumber, read: (session) => { const value = pairs.get(session.name)?.[name]; return value === undefined ? undefined : isNumber ? Number(value) : visible(value); } });
  }
  for (const name of [...new Set(sessions.flatMap((session) => Object.keys(session.summary)))].sort()) {
    fields.push({ id: `metric.${name}`, label: visible(name), isNumber: true, read: (session) => (typeof session.summary[name] === "number" ? session.summary[name] : undefined) });
  }
  return fields;
}

export const Fields = {
  props: ["sessions"],
  setup(/** @type {{ sessions: import("../app/types.js").Session[] }} */ props) {
    const fields = computed(() => fieldsOf(props.sessions));
    const picked = ref(/** @type {string[]} */ ([]));
    const kind = () => (route.query.plot === "points" ? "points" : "parallel");
    /** The axes that are shown: those of the address, or arguments first and then metrics. */
    const axes = computed(() => {
      const wanted = route.query.axes?.split("\n");
      const usual = [...fields.value.filter((field) => field.id.startsWith("arg.")).slice(0, innerWidth < 600 ? 2 : 6), ...fields.value.filter((field) => field.id.startsWith("metric."))].slice(0, innerWidth < 600 ? 4 : 8);
      return (wanted ? wanted.map((id) => fields.value.find((field) => field.id === id)).flatMap((field) => field ?? []) : usual).slice(0, axisLimit);
    });
    const numeric = computed(() => fields.value.filter((field) => field.isNumber));
    const of = (/** @type {string | undefined} */ id, /** @type {number} */ otherwise) => numeric.value.find((field) => field.id === id) ?? numeric.value.at(otherwise);
    const across = computed(() => of(route.query.x, 0));
    const up = computed(() => of(route.query.y, -1));

    const parallel = () => {
      const ink = inks();
      const { axis, tooltip } = frame(ink);
      const style = { ...axis, nameTextStyle: { ...ink.label, color: ink.token("--text") }, nameGap: 10, axisLabel: { ...ink.label, formatter: (/** @type {any} */ value) => (typeof value === "number" ? number(value) : inert(value)) } };
      const complete = props.sessions.map((session) => axes.value.map((field) => field.read(session)));
      return {
        animation: false,
        tooltip: { ...tooltip, formatter: (/** @type {any} */ line) => inert(line.name) },
        parallel: { left: 48, right: 64, top: 34, bottom: 20 },
        parallelAxis: axes.value.map((field, dim) => ({
          ...style,
          dim,
          name: inert(field.label),
          scale: true,
          type: field.isNumber ? "value" : "category",
          data: field.isNumber ? undefined : [...new Set(complete.map((row) => row[dim]).filter((value) => value !== undefined))],
          areaSelectStyle: { width: 16, color: ink.token("--accent"), borderColor: ink.token("--accent"), opacity: 0.25 },
        })),
        series: [
          {
            type: "parallel",
            smooth: false,
            inactiveOpacity: 0.06,
            activeOpacity: 0.95,
            lineStyle: { width: 1.5, opacity: 0.8 },
            emphasis: { lineStyle: { width: 3 } },
            data: props.sessions.map((session, index) => ({ name: session.name, value: complete[index].map((value) => value ?? "-"), lineStyle: { color: colour(session.name, isDark()) } })),
          },
        ],
      };
    };
    const points = () => {
      const ink = inks();
      const { upright, grid, tooltip } = frame(ink);
      const [x, y] = [across.value, up.value];
      const title = { nameLocation: "middle", nameTextStyle: { ...ink.label, color: ink.token("--text") } };
      const labelled = { axisLabel: { ...ink.label, hideOverlap: true, formatter: number } };
      return {
        animation: false,
        grid: { ...grid, left: 34, bottom: 28 },
        tooltip: { ...tooltip, formatter: (/** @type {any} */ point) => `${inert(point.name)}\n${inert(x?.label ?? "")} ${number(point.value[0])}\n${inert(y?.label ?? "")} ${number(point.value[1])}` },
        brush: { xAxisIndex: 0, yAxisIndex: 0, brushStyle: { color: "rgba(120,150,220,0.18)", borderColor: ink.token("--accent"), borderWidth: 1 }, outOfBrush: { opacity: 0.15 }, throttleType: "debounce", throttleDelay: 100 },
        toolbox: { show: false },
        xAxis: { ...upright, ...title, ...labelled, type: "value", scale: true, name: inert(x?.label ?? ""), nameGap: 26 },
        yAxis: { ...upright, ...title, ...labelled, type: "value", scale: true, name: inert(y?.label ?? ""), nameGap: 38 },
        series: [
          {
            type: "scatter",
            symbolSize: 11,
            data: props.sessions.map((session) => ({ name: session.name, value: [x?.read(session), y?.read(session)], itemStyle: { color: colour(session.name, isDark()) } })),
          },
        ],
      };
    };
    const ready = (/** @type {any} */ chart) => {
      const names = (/** @type {number[]} */ indices) => indices.map((index) => props.sessions[index]?.name).filter(Boolean);
      // Told before it is known which lines that leaves: they are when it has been drawn.
      let isAsked = false;
      chart.on("axisareaselected", () => (isAsked = true));
      chart.on("rendered", () => {
        if (!isAsked) return;
        isAsked = false;
        const active = names(chart.getModel().getSeries()[0].getRawIndicesByActiveState("active"));
        picked.value = active.length < props.sessions.length ? active : [];
      });
      chart.on("brushSelected", (/** @type {any} */ told) => (picked.value = told.batch[0]?.areas.length ? names(told.batch[0].selected[0]?.dataIndex ?? []) : []));
      if (kind() === "points") chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "rect", brushMode: "single" } });
    };
    const select = (/** @type {string} */ label, /** @type {Field | undefined} */ field, /** @type {string} */ key) =>
      h("label", { class: "pair" }, [
        h("span", { class: "muted" }, label),
        h("select", { value: field?.id, onChange: (/** @type {any} */ event) => setQuery({ [key]: event.target.value }) }, numeric.value.map((one) => h("option", { key: one.id, value: one.id }, one.label))),
      ]);

    return () => {
      const isPoints = kind() === "points";
      const enough = isPoints ? numeric.value.length > 1 : axes.value.length > 1;
      const said = props.sessions.map((session) => `${session.name}: ${axes.value.map((field) => `${field.label} ${field.read(session) ?? texts.overview.none}`).join(", ")}`);
      // As points they are laid out by these two as well.
      const version = isPoints ? `${said.join("; ")} ${props.sessions.map((session) => `${across.value?.read(session)} ${up.value?.read(session)}`)}` : said.join("; ");
      return h("div", { class: "fields" }, [
        h("div", { class: "bar" }, [
          h(Choice, { label: texts.compare.plot, value: kind(), options: [["parallel", texts.compare.parallel], ["points", texts.compare.points]], onChoose: (/** @type {string} */ value) => ((picked.value = []), setQuery({ plot: value === "points" ? "points" : undefined })) }),
          isPoints ? [select(texts.compare.across, across.value, "x"), select(texts.compare.up, up.value, "y")] : null,
          isPoints
            ? null
            : h("details", { class: "popover" }, [
                h("summary", texts.compare.axes),
                h("div", { class: "panel" }, fields.value.map((field) =>
                  h("label", { key: field.id, class: "check" }, [
                    h("input", {
                      type: "checkbox",
                      checked: axes.value.some((one) => one.id === field.id),
                      onChange: (/** @type {any} */ event) => {
                        const ids = axes.value.map((one) => one.id).filter((id) => id !== field.id);
                        setQuery({ axes: (event.target.checked ? [...ids, field.id] : ids).join("\n") });
                      },
                    }),
                    field.label,
                  ]),
                )),
              ]),
        ]),
        enough
          ? h(Drawing, { key: `${kind()} ${axes.value.map((field) => field.id)} ${across.value?.id} ${up.value?.id}`, version, tall: true, label: said.slice(0, 20).join("; "), option: isPoints ? points : parallel, onReady: ready })
          : h("p", { class: "empty muted" }, texts.compare.few),
        enough ? h("p", { class: "muted note" }, isPoints ? texts.compare.drag : texts.compare.dragAxis) : null,
        picked.value.length
          ? h("div", { class: "bar picked", role: "status" }, [
              h("strong", { class: "number" }, texts.compare.picked(picked.value.length)),
              h("span", { class: "muted cut" }, picked.value.join(", ")),
              h("button", { type: "button", onClick: () => { const names = picked.value.join(","); picked.value = []; setQuery({ sessions: names }); } }, texts.compare.only),
            ])
          : null,
      ]);
    };
  },
};
