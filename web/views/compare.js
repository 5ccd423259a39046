// @ts-check
// Several sessions side by side: their charts laid over each other, and what differs in their arguments.
import { computed, h, onUnmounted, shallowReactive, watch } from "../vendor/vue.js";
import { alone, json, sessionPath } from "../app/api.js";
import { isDark, isOver, store, toastProblem } from "../app/store.js";
import { address, route, sessionAddress, setQuery, tensorBoardAddress } from "../app/router.js";
import { colour } from "../app/series.js";
import { texts } from "../app/texts.js";
import { argumentList, number, visible } from "../app/format.js";
import { Charts } from "../parts/charts.js";
import { Fields } from "../parts/fields.js";
import { Differences } from "./differences.js";
import { Empty, State, Tabs } from "../parts/basics.js";

const text = texts.compare;
/** More lines than that nobody tells apart. */
const limit = 100;
/** So many are asked for at once. */
const parallel = 6;

export const Compare = {
  setup() {
    const names = computed(() => (route.query.sessions ?? "").split(",").filter(Boolean).slice(0, limit));
    /** @type {Record<string, { session: any, metrics: Record<string, any> }>} */
    const loaded = shallowReactive({});
    let isGone = false;
    onUnmounted(() => (isGone = true));

    /** What could not be had: told once, and what is removed is not asked for again. */
    const failed = new Set();
    const removed = new Set();

    const load = alone(async () => {
      const wanted = names.value.filter((name) => !isOver(loaded[name]?.session) && !removed.has(name));
      /** @type {typeof loaded} */
      const found = {};
      const waiting = [...wanted];
      const ask = async () => {
        for (let name = waiting.shift(); name !== undefined && !isGone; name = waiting.shift()) {
          try {
            const [session, metrics] = await Promise.all([json(sessionPath(name)), json(`${sessionPath(name)}/metrics`)]);
            found[name] = { session, metrics: Object.fromEntries(metrics.items.map((/** @type {any} */ metric) => [metric.name, metric])) };
          } catch (error) {
            if (/** @type {any} */ (error).status === 404) removed.add(name);
            if (!loaded[name] && !failed.has(name)) toastProblem(error);
            failed.add(name);
          }
        }
      };
      await Promise.all(Array.from({ length: parallel }, ask));
      if (isGone) return;
      // In their order, which gives them their colours.
      for (const name of wanted) if (found[name]) loaded[name] = found[name];
    });
    watch(() => [names.value.join(","), store.changes], load, { immediate: true });

    const present = computed(() => names.value.filter((name) => loaded[name]));
    const sources = computed(() => present.value.map((name) => ({ session: name, startedAt: loaded[name].session.startedAt, metrics: loaded[name].metrics })));
    /**
     * A colour swatch. Styles that come from data are set through the object model, which the policy allows.
     * @param {string} name
     */
    const swatch = (name) => h("i", { class: "swatch", style: { background: colour(name, isDark()) }, "aria-hidden": "true" });

    /** What each session says of one subject: rows of the names, in the order in which they were met. */
    const rowsOf = (/** @type {(session: any) => [string, string][]} */ read) => {
      /** @type {Map<string, Record<string, string>>} */
      const rows = new Map();
      for (const name of present.value) for (const [key, value] of read(loaded[name].session)) rows.set(key, { ...(rows.get(key) ?? {}), [name]: value });
      return [...rows];
    };
    const subjects = () => [
      { title: text.session, rows: rowsOf((session) => [[texts.sessions.head.state, texts.state[/** @type {"queued"} */ (session.state)]], [texts.overview.data, session.datasets.join(", ")], [text.entry, session.entry], [texts.overview.memo, session.memo]]) },
      { title: texts.overview.arguments, rows: rowsOf((session) => argumentList(session.arguments)) },
      { title: texts.overview.summary, rows: rowsOf((session) => Object.entries(session.summary).map(([key, value]) => [key, number(/** @type {any} */ (value))])) },
    ];
    const table = () => {
      const only = route.query.all !== "true";
      const differs = (/** @type {Record<string, string>} */ values) => new Set(present.value.map((name) => values[name] ?? "")).size > 1;
      const shown = subjects().map(({ title, rows }) => ({ title, rows: rows.filter(([, values]) => !only || differs(values)) })).filter(({ rows }) => rows.length);
      const row = (/** @type {[string, Record<string, string>]} */ [key, values]) =>
        h("tr", { key }, [h("th", { scope: "row" }, visible(key)), present.value.map((name) => h("td", { key: name, class: "number" }, visible(values[name] ?? "–")))]);
      return [
        h("div", { class: "bar" }, h("label", { class: "check" }, [h("input", { type: "checkbox", checked: only, onChange: (/** @type {any} */ event) => setQuery({ all: event.target.checked ? undefined : "true" }) }), text.differences])),
        shown.length
          ? h("div", { class: "scroller" }, h("table", { class: "data compare" }, [
              h("thead", h("tr", [h("td"), present.value.map((name) => h("th", { key: name, scope: "col" }, [swatch(name), h("a", { href: sessionAddress(name) }, name)]))])),
              shown.map(({ title, rows }) => h("tbody", { key: title }, [h("tr", { class: "subject" }, h("th", { scope: "rowgroup", colspan: present.value.length + 1 }, title)), rows.map(row)])),
            ]))
          : h("p", { class: "empty muted" }, text.same),
      ];
    };

    return () => {
      if (!names.value.length) return h(Empty, { text: text.none });
      const tab = route.parts[1] ?? "graph";
      return h("section", { class: "view" }, [
        h("header", { class: "head" }, [
          h("div", { class: "title" }, h("h1", text.title)),
          h("div", { class: "actions" }, h("a", { class: "button", href: tensorBoardAddress(names.value), target: "_blank", rel: "noopener", title: `nsml tensorboard ${names.value.join(" ")}` }, texts.tensorBoard.open)),
          h("ul", { class: "legend" }, present.value.map((name) => h("li", { key: name }, [swatch(name), h("a", { href: sessionAddress(name) }, name), h(State, { session: loaded[name].session })]))),
        ]),
        h(Tabs, { label: text.title, current: tab, tabs: ["graph", "arguments", "plot", "code"].map((id) => ({ id, label: text.tabs[/** @type {"graph"} */ (id)], link: address(["compare", id], { sessions: route.query.sessions }) })) }),
        h("div", { class: "tab" }, tab === "arguments" ? table() : tab === "plot" ? h(Fields, { sessions: present.value.map((name) => loaded[name].session) }) : tab === "code" ? h(Differences, { names: names.value }) : h(Charts, { sources: sources.value })),
      ]);
    };
  },
};
