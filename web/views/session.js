// @ts-check
// One session: its head, its tabs, and the one stream that keeps all of them live.
import { h, onUnmounted, ref, shallowReactive, watch } from "../vendor/vue.js";
import { json, listen, sessionPath } from "../app/api.js";
import { askFork, askMemo, askPriority, askRemove, askStop, pause, resume, store } from "../app/store.js";
import { address, go, route, sessionAddress, tensorBoardAddress } from "../app/router.js";
import { texts } from "../app/texts.js";
import { span, visible } from "../app/format.js";
import { Age, Ready, State, Tabs, later } from "../parts/basics.js";
import { Terminal } from "./terminal.js";

/** @type {Record<string, any>} */
const views = {
  terminal: Terminal,
  graph: later(() => import("./graph.js").then((module) => module.Graph)),
  models: later(() => import("./models.js").then((module) => module.Models)),
  infer: later(() => import("./infer.js").then((module) => module.Infer)),
  resources: later(() => import("./usage.js").then((module) => module.Usage)),
  events: later(() => import("./events.js").then((module) => module.Events)),
  overview: later(() => import("./overview.js").then((module) => module.Overview)),
  code: later(() => import("./code.js").then((module) => module.Code)),
};
views[route.parts[4]]?.fetch?.();

/**
 * What all tabs of a session share. `metrics` is by name; `pieces` calls whoever shows the log.
 * @typedef {{ session: import("../app/types.js").Session | null, metrics: Record<string, import("../app/types.js").Metric>, media: number, usage: number, live: boolean }} Shared
 */

export const Session = {
  props: ["name", "tab"],
  setup(/** @type {{ name: string, tab: keyof typeof views }} */ props) {
    /** @type {Shared} */
    const shared = shallowReactive({ session: null, metrics: shallowReactive({}), media: 0, usage: 0, live: false });
    const problem = ref(/** @type {any} */ (null));
    /** Why it waits, which the queue knows. */
    const wait = ref("");
    let stop = () => {};

    const load = async () => {
      try {
        shared.session = await json(sessionPath(props.name));
        const path = sessionPath(props.name);
        stop = listen(
          () => `${path}/live`,
          {
            session: (record) => (shared.session = record),
            metrics: (/** @type {any[]} */ list) => {
              for (const metric of list) shared.metrics[metric.name] = metric;
            },
            media: (/** @type {any} */ told) => (shared.media = told.newest),
            usage: (/** @type {any} */ told) => (shared.usage = told.offset),
            end: () => {
              shared.live = false;
              stop();
            },
          },
          (connected) => (shared.live = connected),
        );
      } catch (error) {
        problem.value = error;
      }
    };
    load();
    onUnmounted(() => stop());
    watch(
      () => [shared.session?.state, store.changes],
      async () => {
        if (shared.session?.state !== "queued") return void (wait.value = "");
        const queue = await json("/v1/queue").catch(() => null);
        wait.value = queue?.items.find((/** @type {any} */ item) => item.session === props.name)?.reason ?? "";
      },
    );
    // A session that ended may begin again: somebody resumed it.
    watch(
      () => store.changes,
      async () => {
        if (shared.live || !shared.session || store.removing.includes(props.name)) return;
        let record;
        try {
          record = await json(sessionPath(props.name));
        } catch (error) {
          // While the platform is away what is known stays; only what was removed goes.
          if (/** @type {any} */ (error).status === 404) problem.value = error;
        }
        if (record && record.eventNumber !== shared.session.eventNumber) {
          stop();
          load();
        }
      },
    );

    const heading = (/** @type {import("../app/types.js").Session} */ session) => {
      const isOver = ["finished", "failed", "stopped"].includes(session.state);
      const mine = store.identity && (store.identity.role === "admin" || session.name.startsWith(`${store.identity.user}/`));
      const took = session.startedAt ? span(((session.finishedAt ? Date.parse(session.finishedAt) : store.now) - Date.parse(session.startedAt)) / 1000) : "";
      const reason = session.state === "queued" && wait.value ? wait.value : session.reason;
      const canGoOn = session.state === "paused" || ((session.state === "stopped" || session.state === "failed") && session.canResume);
      return h("header", { class: "head" }, [
        h("div", { class: "title" }, [h("h1", session.name), h(State, { session })]),
        h("p", { class: "muted line" }, [
          h("span", { class: "cut" }, visible([session.entry, ...session.arguments].join(" "))),
          h("span", [h(Age, { time: session.createdAt })]),
          took ? h("span", { class: "number" }, took) : null,
          session.placement ? h("span", session.placement.devices.length ? texts.overview.device(session.placement.devices.join(", ")) : session.placement.node) : null,
        ]),
        session.memo ? h("p", { class: "memo" }, visible(session.memo)) : null,
        reason && (session.state === "failed" || session.state === "queued" || session.state === "stopped") ? h("p", { class: ["reason", session.state] }, visible(reason)) : null,
        mine
          ? h("div", { class: "actions" }, [
              session.type === "infer" ? null : h("a", { class: "button", href: tensorBoardAddress([session.name]), target: "_blank", rel: "noopener", title: `nsml tensorboard ${session.name}` }, texts.tensorBoard.open),
              session.type.startsWith("normal") ? h("button", { type: "button", onClick: () => askFork(session) }, texts.session.fork) : null,
              h("button", { type: "button", onClick: () => askMemo([session.name], session.memo) }, texts.session.memo),
              isOver ? null : h("button", { type: "button", onClick: () => askPriority(session) }, texts.session.priority),
              session.state === "running" ? h("button", { type: "button", title: `nsml pause ${session.name}`, disabled: session.isPausing, onClick: () => pause(session.name) }, texts.session.pause) : null,
              canGoOn ? h("button", { type: "button", title: `nsml resume ${session.name}`, onClick: () => resume(session.name) }, texts.session.resume) : null,
              isOver ? null : h("button", { type: "button", disabled: session.isStopping, onClick: () => askStop([session.name]) }, texts.session.stop),
              h("button", { type: "button", class: "danger-quiet", onClick: () => askRemove([session.name], () => go(address(["sessions"]))) }, texts.session.remove),
            ])
          : null,
      ]);
    };

    return () =>
      h(Ready, { problem: problem.value, ready: shared.session !== null }, () => {
        const session = /** @type {import("../app/types.js").Session} */ (shared.session);
        const tab = props.tab in views ? props.tab : "terminal";
        return h("section", { class: "view session-view" }, [
          heading(session),
          h(Tabs, {
            label: session.name,
            current: tab,
            tabs: Object.keys(views).map((id) => ({
              id,
              label: texts.session.tabs[/** @type {keyof typeof texts.session.tabs} */ (id)],
              link: sessionAddress(session.name, id),
              count: id === "models" ? session.checkpointCount : id === "graph" ? Object.keys(shared.metrics).length : 0,
            })),
          }),
          h("div", { class: ["tab", `tab-${tab}`] }, [h(views[tab], { key: `${session.name} ${tab}`, shared })]),
        ]);
      });
  },
};
