// @ts-check
// One session: its head, its tabs, and the one stream that keeps all of them live.
import { h, onBeforeUnmount, ref, shallowReactive, watch } from "../vendor/vue.js";
import { alone, json, listen, sessionPath } from "../app/api.js";
import { askFork, askMemo, askPriority, askRemove, askStop, isMine, isOver, pause, resume, store } from "../app/store.js";
import { address, go, route, sessionAddress, tensorBoardAddress } from "../app/router.js";
import { texts } from "../app/texts.js";
import { span, visible } from "../app/format.js";
import { Age, Ready, State, Tabs, later } from "../parts/basics.js";
import { Terminal } from "./terminal.js";

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
const first = views[/** @type {keyof typeof views} */ (route.parts[4])];
if (first && "fetch" in first) first.fetch();

/**
 * Who wants what the session prints from a byte on: `take` gets each piece, `end` is called when there will be no more.
 * @typedef {{ from: () => number, isOver: () => boolean, take: (piece: { offset: number, nextOffset: number, text: string }) => void, end: () => void }} Hearer
 */
/**
 * What all tabs of a session share. `metrics` is by name; `hear` says who wants what it prints, null: nobody.
 * @typedef {{ session: import("../app/types.js").Session | null, metrics: Record<string, import("../app/types.js").Metric>, media: number, usage: number, live: boolean, hear: (hearer: Hearer | null) => void }} Shared
 */

export const Session = {
  props: ["name", "tab"],
  setup(/** @type {{ name: string, tab: keyof typeof views }} */ props) {
    const path = sessionPath(props.name);
    /** @type {Hearer | null} */
    let hearer = null;
    let isEnded = false;
    let isGone = false;
    /** @type {Shared} */
    const shared = shallowReactive({
      session: null,
      metrics: shallowReactive({}),
      media: 0,
      usage: 0,
      live: false,
      hear: (next) => {
        hearer = next;
        // The stream says with its beginning from where on it carries what is printed.
        if (next ? !next.isOver() || !isOver(shared.session) : !isEnded) connect();
      },
    });
    const problem = ref(/** @type {any} */ (null));
    /** Why it waits, which the queue knows. */
    const wait = ref("");
    let stop = () => {};

    const connect = () => {
      stop();
      if (isGone) return;
      isEnded = false;
      stop = listen(
        () => `${path}/live${hearer ? `?output=${hearer.from()}` : ""}`,
        {
          session: (record) => (shared.session = record),
          metrics: (/** @type {any[]} */ list) => {
            for (const metric of list) shared.metrics[metric.name] = metric;
          },
          media: (/** @type {any} */ told) => (shared.media = told.newest),
          usage: (/** @type {any} */ told) => (shared.usage = told.offset),
          output: (/** @type {any} */ piece) => hearer?.take(piece),
          end: () => {
            stop();
            isEnded = true;
            shared.live = false;
            hearer?.end();
          },
        },
        (connected) => (shared.live = connected),
        look,
      );
    };
    /** Asks for it by itself: at first, and when its stream does not tell what became of it. */
    const look = alone(async () => {
      if (store.removing.includes(props.name)) return;
      try {
        const record = await json(path);
        const isNews = record.eventNumber !== shared.session?.eventNumber;
        if (isGone) return;
        [shared.session, problem.value] = [record, null];
        // One that ended may begin again: somebody resumed it.
        if (isNews && !shared.live) connect();
      } catch (error) {
        // While the platform is away what is known stays; only what was removed goes.
        const isRemoved = /** @type {any} */ (error).status === 404;
        if (isRemoved) {
          stop();
          isEnded = true;
        }
        if (isRemoved || !shared.session) problem.value = error;
      }
    });
    look();
    onBeforeUnmount(() => {
      isGone = true;
      stop();
    });
    const ask = alone(async () => {
      if (shared.session?.state !== "queued") return void (wait.value = "");
      const queue = await json("/v1/queue").catch(() => null);
      wait.value = queue?.items.find((/** @type {any} */ item) => item.session === props.name)?.reason ?? "";
    });
    watch(() => [shared.session?.state, store.changes], ask);
    watch(() => store.changes, () => !shared.live && problem.value?.status !== 404 && look());

    const heading = (/** @type {import("../app/types.js").Session} */ session) => {
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
        isMine(session)
          ? h("div", { class: "actions" }, [
              session.type === "infer" ? null : h("a", { class: "button", href: tensorBoardAddress([session.name]), target: "_blank", rel: "noopener", title: `nsml tensorboard ${session.name}` }, texts.tensorBoard.open),
              session.type.startsWith("normal") ? h("button", { type: "button", onClick: () => askFork(session) }, texts.session.fork) : null,
              h("button", { type: "button", onClick: () => askMemo([session.name], session.memo) }, texts.session.memo),
              isOver(session) ? null : h("button", { type: "button", onClick: () => askPriority(session) }, texts.session.priority),
              session.state === "running" ? h("button", { type: "button", title: `nsml pause ${session.name}`, disabled: session.isPausing, onClick: () => pause(session.name) }, texts.session.pause) : null,
              canGoOn ? h("button", { type: "button", title: `nsml resume ${session.name}`, onClick: () => resume(session.name) }, texts.session.resume) : null,
              isOver(session) ? null : h("button", { type: "button", disabled: session.isStopping, onClick: () => askStop([session.name]) }, texts.session.stop),
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
              fetch: /** @type {any} */ (views)[id].fetch,
              count: id === "models" ? session.checkpointCount : id === "graph" ? Object.keys(shared.metrics).length : 0,
            })),
          }),
          h("div", { class: ["tab", `tab-${tab}`] }, [h(views[tab], { key: `${session.name} ${tab}`, shared })]),
        ]);
      });
  },
};
