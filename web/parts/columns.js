// @ts-check
// The columns of the sessions table: those that every session has, and one for each argument and metric that is met.
import { h, onMounted, onUnmounted, ref } from "../vendor/vue.js";
import { sessionAddress } from "../app/router.js";
import { store } from "../app/store.js";
import { texts } from "../app/texts.js";
import { argumentPairs, number, span, visible } from "../app/format.js";
import { Age, State } from "./basics.js";
import { Best, Spark } from "./values.js";

/** @typedef {import("../app/types.js").Session} Session */
/** @typedef {{ id: string, label: string, group: string, width: string, isNumber?: boolean, isUsual?: boolean, isCourse?: boolean, metric?: string, cell: (session: Session) => any }} Column */

const head = texts.sessions.head;

/** @param {Session} session */
function duration(session) {
  if (!session.startedAt) return "";
  const end = session.finishedAt ? Date.parse(session.finishedAt) : store.now;
  return span(Math.max(0, end - Date.parse(session.startedAt)) / 1000);
}

/** @type {Column[]} */
const fixed = [
  { id: "state", label: head.state, group: "session", width: "w-state", cell: (session) => h(State, { session }) },
  { id: "name", label: head.name, group: "session", width: "w-name", cell: (session) => h("a", { class: "name", href: sessionAddress(session.name) }, session.name) },
  { id: "age", label: head.age, group: "session", width: "w-short", isNumber: true, cell: (session) => h(Age, { time: session.createdAt }) },
  { id: "duration", label: head.duration, group: "session", width: "w-time", isNumber: true, cell: duration },
  { id: "step", label: head.step, group: "session", width: "w-short", isNumber: true, cell: (session) => session.step ?? "" },
  { id: "models", label: head.models, group: "session", width: "w-short", isNumber: true, cell: (session) => session.checkpointCount || "" },
  { id: "gpus", label: head.gpus, group: "session", width: "w-short", isNumber: true, cell: (session) => session.resources.gpus },
  { id: "memo", label: head.memo, group: "session", width: "w-memo", cell: (session) => h("span", { class: "cut", title: visible(session.memo) }, visible(session.memo)) },
];

/** @param {Session[]} sessions @param {string} value which of a metric's values is shown: last, minimum or maximum @returns {Column[]} */
export function columnsOf(sessions, value) {
  /**
   * How many sessions have it.
   * @type {Map<string, number>}
   */
  const argumentNames = new Map();
  const metricNames = new Set();
  for (const session of sessions.slice(0, 500)) {
    for (const name of Object.keys(argumentPairs(session.arguments))) argumentNames.set(name, (argumentNames.get(name) ?? 0) + 1);
    for (const name of Object.keys(session.summary)) metricNames.add(name);
  }
  return [
    ...fixed,
    ...[...argumentNames.keys()].sort().map((name) => ({
      id: `arg.${name}`,
      label: visible(name),
      group: "arguments",
      isUsual: (argumentNames.get(name) ?? 0) * 2 > Math.min(sessions.length, 500),
      width: "w-value",
      isNumber: true,
      cell: (/** @type {Session} */ session) => {
        const value = visible(argumentPairs(session.arguments)[name] ?? "");
        return h("span", { class: "cut", title: value }, value);
      },
    })),
    ...[...metricNames].sort().map((name) => ({
      id: `metric.${name}`,
      label: visible(name),
      group: "metrics",
      width: "w-value",
      isNumber: true,
      metric: name,
      cell: (/** @type {Session} */ session) => (value === "last" ? number(session.summary[name]) : h(Best, { session, metric: name, kind: value })),
    })),
    ...[...metricNames].sort().map((name) => ({
      id: `course.${name}`,
      label: visible(name),
      group: "courses",
      isCourse: true,
      width: "w-value",
      cell: (/** @type {Session} */ session) => h(Spark, { session, metric: name }),
    })),
  ];
}

/**
 * What is shown until somebody chooses.
 * @param {Column[]} available
 */
export function defaultColumns(available) {
  const of = (/** @type {string} */ group, /** @type {number} */ count) => available.filter((column) => column.group === group && column.isUsual !== false).slice(0, count);
  const metrics = available.filter((column) => column.group === "metrics" && !column.id.endsWith("@std"));
  const telling = [...metrics.filter((column) => /test|val/.test(column.id)), ...metrics].filter((column, index, list) => list.indexOf(column) === index);
  return ["state", "name", "age", "duration", "step", ...of("arguments", 4).map((column) => column.id), ...telling.slice(0, 2).flatMap((column, index) => (index ? [column.id] : [column.id, column.id.replace("metric.", "course.")])), "memo"];
}

/**
 * Columns as they stand in the address: a metric's name may have a comma.
 * @param {string[]} ids
 */
export const joined = (ids) => ids.map((id) => id.replace(/[%,]/g, encodeURIComponent)).join(",");

/** @param {string} text */
export const parted = (text) => text.split(",").map((id) => id.replace(/%(25|2C)/g, decodeURIComponent));

/** Which columns are shown, and in which order. */
export const ColumnPicker = {
  props: ["available", "chosen", "onChange"],
  setup(/** @type {{ available: Column[], chosen: string[], onChange: (ids: string[]) => void }} */ props) {
    const search = ref("");
    const toggle = (/** @type {string} */ id, /** @type {boolean} */ on) => props.onChange(on ? [...props.chosen, id] : props.chosen.filter((other) => other !== id));
    const move = (/** @type {string} */ id, /** @type {number} */ by) => {
      const order = props.chosen.filter((other) => other !== id);
      order.splice(Math.max(0, props.chosen.indexOf(id) + by), 0, id);
      props.onChange(order);
    };
    const group = (/** @type {"session" | "arguments" | "metrics" | "courses"} */ name) => {
      const columns = props.available.filter((column) => column.group === name && column.label.toLowerCase().includes(search.value.toLowerCase()));
      if (!columns.length) return null;
      return h("fieldset", { key: name }, [
        h("legend", texts.sessions.groups[name]),
        columns.map((column) =>
          h("div", { key: column.id, class: "pick" }, [
            h("label", { class: "check" }, [
              h("input", { type: "checkbox", checked: props.chosen.includes(column.id), onChange: (/** @type {any} */ event) => toggle(column.id, event.target.checked) }),
              h("span", { class: "cut" }, column.label),
            ]),
            props.chosen.includes(column.id)
              ? [
                  h("button", { type: "button", class: "quiet", "aria-label": `${column.label} ←`, onClick: () => move(column.id, -1) }, "←"),
                  h("button", { type: "button", class: "quiet", "aria-label": `${column.label} →`, onClick: () => move(column.id, 1) }, "→"),
                ]
              : null,
          ]),
        ),
      ]);
    };
    const panel = ref(/** @type {HTMLDetailsElement | null} */ (null));
    const close = (/** @type {Event} */ event) => {
      if (panel.value?.open && !panel.value.contains(/** @type {Node} */ (event.target))) panel.value.open = false;
    };
    onMounted(() => document.addEventListener("pointerdown", close));
    onUnmounted(() => document.removeEventListener("pointerdown", close));
    return () =>
      h("details", { class: "popover", ref: panel, onKeydown: (/** @type {any} */ event) => event.key === "Escape" && (event.currentTarget.open = false) }, [
        h("summary", texts.sessions.columns),
        h("div", { class: "panel" }, [
          h("input", { type: "search", placeholder: texts.sessions.findColumn, "aria-label": texts.sessions.findColumn, value: search.value, onInput: (/** @type {any} */ event) => (search.value = event.target.value) }),
          group("session"),
          group("arguments"),
          group("metrics"),
          group("courses"),
        ]),
      ]);
  },
};
