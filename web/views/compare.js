// @ts-check
// Several sessions side by side: their charts laid over each other, and what differs in their arguments.
import { computed, h, onUnmounted, reactive, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { isDark, store, toastProblem } from "../app/store.js";
import { address, route, sessionAddress, setQuery } from "../app/router.js";
import { colour } from "../app/series.js";
import { texts } from "../app/texts.js";
import { argumentPairs, number, visible } from "../app/format.js";
import { Charts } from "../parts/charts.js";
import { Empty, State, Tabs } from "../parts/basics.js";

const text = texts.compare;
/** More lines than that nobody tells apart. */
const limit = 100;

export const Compare = {
  setup() {
    const names = computed(() => (route.query.sessions ?? "").split(",").filter(Boolean).slice(0, limit));
    /** @type {Record<string, { session: any, metrics: Record<string, any> }>} */
    const loaded = reactive({});
    let isGone = false;
    onUnmounted(() => (isGone = true));

    const load = async () => {
      for (const name of names.value) {
        const had = loaded[name];
        if (had && ["finished", "failed", "stopped"].includes(had.session.state)) continue;
        try {
          const [session, metrics] = await Promise.all([json(sessionPath(name)), json(`${sessionPath(name)}/metrics`)]);
          if (isGone) return;
          loaded[name] = { session, metrics: Object.fromEntries(metrics.items.map((/** @type {any} */ metric) => [metric.name, metric])) };
        } catch (error) {
          if (!had) toastProblem(error);
        }
      }
    };
    watch(() => [names.value.join(","), store.changes], load, { immediate: true });

    const present = computed(() => names.value.filter((name) => loaded[name]));
    const sources = computed(() => present.value.map((name) => ({ session: name, metrics: loaded[name].metrics })));
    /** A colour swatch. Styles that come from data are set through the object model, which the policy allows. @param {string} name */
    const swatch = (name) => h("i", { class: "swatch", style: { background: colour(name, isDark()) }, "aria-hidden": "true" });

    const table = () => {
      const rows = new Map();
      const put = (/** @type {string} */ key, /** @type {string} */ name, /** @type {string} */ value) => rows.set(key, { ...(rows.get(key) ?? {}), [name]: value });
      for (const name of present.value) {
        const { session } = loaded[name];
        put(texts.sessions.head.state, name, texts.state[/** @type {"queued"} */ (session.state)]);
        put(texts.overview.data, name, session.datasets.join(", "));
        put("entry", name, session.entry);
        for (const [key, value] of Object.entries(argumentPairs(session.arguments))) put(key, name, value);
        for (const [key, value] of Object.entries(session.summary)) put(key, name, number(/** @type {any} */ (value)));
        put(texts.overview.memo, name, session.memo);
      }
      const only = route.query.all !== "true";
      const shown = [...rows].filter(([, values]) => !only || new Set(present.value.map((name) => values[name] ?? "")).size > 1);
      return [
        h("div", { class: "bar" }, h("label", { class: "check" }, [h("input", { type: "checkbox", checked: only, onChange: (/** @type {any} */ event) => setQuery({ all: event.target.checked ? undefined : "true" }) }), text.differences])),
        shown.length
          ? h("div", { class: "scroller" }, h("table", { class: "data compare" }, [
              h("thead", h("tr", [h("th", { scope: "col" }, text.argument), present.value.map((name) => h("th", { key: name, scope: "col" }, [swatch(name), h("a", { href: sessionAddress(name) }, name)]))])),
              h("tbody", shown.map(([key, values]) => h("tr", { key }, [h("th", { scope: "row" }, visible(key)), present.value.map((name) => h("td", { key: name, class: "number" }, visible(values[name] ?? "–")))]))),
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
          h("ul", { class: "legend" }, present.value.map((name) => h("li", { key: name }, [swatch(name), h("a", { href: sessionAddress(name) }, name), h(State, { session: loaded[name].session })]))),
        ]),
        h(Tabs, { label: text.title, current: tab, tabs: ["graph", "arguments"].map((id) => ({ id, label: text.tabs[/** @type {"graph"} */ (id)], link: address(["compare", id], { sessions: route.query.sessions }) })) }),
        h("div", { class: "tab" }, tab === "graph" ? h(Charts, { sources: sources.value }) : table()),
      ]);
    };
  },
};
