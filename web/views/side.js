// @ts-check
// Left of every view: datasets, under each its newest sessions, under each its models.
import { h, reactive, ref, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { store, loadDatasets, toastProblem } from "../app/store.js";
import { address, route, sessionAddress } from "../app/router.js";
import { texts } from "../app/texts.js";
import { number, size, visible } from "../app/format.js";
import { Age, Icon } from "../parts/basics.js";

/** So many sessions are shown under a dataset; the table has them all. */
const shown = 20;

export const Side = {
  setup() {
    const filter = ref("");
    /**
     * What is opened, with what is in it.
     * @type {Record<string, any[]>}
     */
    const open = reactive({});

    const loadSessions = async (/** @type {string} */ dataset) => {
      const page = await json("/v1/sessions", { query: [["dataset", dataset], ["all", "true"], ["limit", String(shown)]] });
      if (dataset in open) open[dataset] = page.items;
    };
    const loadModels = async (/** @type {string} */ name) => {
      const page = await json(`${sessionPath(name)}/checkpoints`);
      if (name in open) open[name] = page.items;
    };
    const toggle = async (/** @type {string} */ key, /** @type {(key: string) => Promise<void>} */ load) => {
      if (key in open) return void delete open[key];
      open[key] = [];
      await load(key).catch(toastProblem);
    };
    watch(
      () => store.changes,
      () => {
        for (const key of Object.keys(open)) (key.includes("/") ? loadModels : loadSessions)(key).catch(() => delete open[key]);
        loadDatasets();
      },
    );

    // What one looks at is opened; and where there is little, all of it.
    const reveal = () => {
      const [first, , dataset] = route.parts;
      const wanted = first === "sessions" && dataset ? [dataset] : first === "datasets" && route.parts[1] ? [route.parts[1]] : [];
      if (!revealed && store.datasetsLoaded && store.datasets.length <= 2) wanted.push(...store.datasets.map((item) => item.name));
      if (store.datasetsLoaded) revealed = true;
      for (const key of wanted) if (!(key in open)) toggle(key, loadSessions);
    };
    let revealed = false;
    watch(() => [store.datasetsLoaded, route.parts.slice(0, 4).join("/")].join(" "), reveal, { immediate: true });

    const current = () => (route.parts[0] === "sessions" ? route.parts.slice(1, 4).join("/") : route.parts[0] === "datasets" ? route.parts[1] : "");
    const opener = (/** @type {string} */ key, /** @type {string} */ label, /** @type {(key: string) => Promise<void>} */ load) =>
      h("button", { type: "button", class: ["quiet", "opener"], "aria-expanded": String(key in open), "aria-label": label, onClick: () => toggle(key, load) }, h(Icon, { name: "chevron" }));

    const model = (/** @type {any} */ item) => {
      const best = Object.entries(item.summary)[0];
      return h("li", { key: item.name }, [
        h("a", { class: "row model", href: sessionAddress(item.session, "models") }, [
          h("span", { class: "name" }, visible(item.name)),
          h("span", { class: "muted number" }, best ? number(/** @type {any} */ (best[1])) : size(item.bytes)),
        ]),
      ]);
    };
    const session = (/** @type {import("../app/types.js").Session} */ item) =>
      h("li", { key: item.name }, [
        h("div", { class: ["row", "session", item.name === current() ? "current" : ""] }, [
          item.checkpointCount ? opener(item.name, `${texts.side.models}: ${item.name}`, loadModels) : h("span", { class: "opener" }),
          h("a", { href: sessionAddress(item.name), title: item.memo ? visible(item.memo) : null }, [
            h("i", { class: ["dot", item.state], role: "img", "aria-label": texts.state[item.state] }),
            h("span", { class: "name" }, `${item.name.split("/")[0]}/${item.name.split("/")[2]}`),
            h("span", { class: "muted arguments" }, visible(item.arguments.join(" ") || item.entry)),
            h(Age, { time: item.createdAt }),
          ]),
        ]),
        item.name in open ? h("ul", open[item.name].map(model)) : null,
      ]);
    const dataset = (/** @type {any} */ item) =>
      h("li", { key: item.name }, [
        h("div", { class: ["row", "dataset", item.name === current() ? "current" : ""] }, [
          opener(item.name, `${texts.side.sessions}: ${item.name}`, loadSessions),
          h("a", { href: item.virtual ? address(["sessions"], { filter: "dataset:None" }) : address(["datasets", item.name]), title: item.settings?.description ? visible(item.settings.description) : null }, [
            h("span", { class: "name" }, item.virtual ? texts.side.none : item.name),
            item.version ? h("span", { class: "muted number" }, size(item.version.bytes)) : null,
          ]),
        ]),
        item.name in open
          ? h("ul", [
              open[item.name].map(session),
              open[item.name].length >= shown
                ? h("li", h("a", { class: "row more", href: address(["sessions"], { filter: `dataset:${item.name}` }) }, texts.side.more))
                : null,
              open[item.name].length ? null : h("li", { class: "row muted" }, texts.side.noSessions),
            ])
          : null,
      ]);

    // Also where one is already, which changes no address.
    const follow = (/** @type {any} */ event) => event.target.closest("a") && (store.menuOpen = false);
    return () => {
      const wanted = filter.value.toLowerCase();
      const items = [...store.datasets, { name: "None", virtual: true }].filter((item) => item.name.toLowerCase().includes(wanted));
      return h("nav", { class: "side", "aria-label": texts.nav.menu, onClick: follow }, [
        h("input", {
          type: "search",
          placeholder: texts.side.filter,
          "aria-label": texts.side.filter,
          value: filter.value,
          onInput: (/** @type {any} */ event) => (filter.value = event.target.value),
        }),
        h("ul", { class: "tree" }, items.map(dataset)),
      ]);
    };
  },
};
