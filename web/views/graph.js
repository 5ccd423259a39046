// @ts-check
// The metrics of one session as charts, with marks where something happened, and its images, sounds and tables.
import { computed, h, watch } from "../vendor/vue.js";
import { all as allOf, json, sessionPath } from "../app/api.js";
import { texts } from "../app/texts.js";
import { Charts } from "../parts/charts.js";
import { MediaPanels, useMedia } from "../parts/media.js";
import { useLoaded } from "../parts/basics.js";

/** Events that explain a bend or a gap. */
const moves = ["queued", "paused", "resumed", "preempted"];

export const Graph = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const sources = computed(() => [{ session: props.shared.session?.name ?? "", startedAt: props.shared.session?.startedAt, metrics: props.shared.metrics }]);
    const name = () => props.shared.session?.name;
    const checkpoints = useLoaded(name, (name) => json(`${sessionPath(name)}/checkpoints`));
    const events = useLoaded(name, (name) => allOf(`${sessionPath(name)}/events`));
    watch(() => props.shared.session?.checkpointCount, checkpoints.refresh);
    watch(() => props.shared.session?.eventNumber, events.refresh);
    const media = useMedia(name, () => props.shared.media);
    const marks = computed(() => {
      const saved = (checkpoints.value.value?.items ?? [])
        .filter((/** @type {any} */ item) => item.step !== undefined)
        .map((/** @type {any} */ item) => ({ step: item.step, time: Date.parse(item.createdAt), label: item.name, kind: "saved" }));
      const list = events.value.value ?? [];
      const begun = list.findIndex((/** @type {any} */ event) => event.event === "running");
      const told = list.flatMap((/** @type {any} */ event, /** @type {number} */ index) => {
        const mark = { time: Date.parse(event.time), label: event.detail };
        if (event.change) return [{ ...mark, step: event.change.step, kind: "changed" }];
        return begun >= 0 && index > begun && moves.includes(event.event) ? [{ ...mark, kind: "moved" }] : [];
      });
      return { saved, told, all: [...saved.slice(-40), ...told.slice(-20)] };
    });
    return () => {
      const { saved, told, all } = marks.value;
      return h("div", [
        told.length
          ? h("ul", { class: "legend marks" }, [
              told.some((/** @type {any} */ mark) => mark.kind === "changed") ? h("li", [h("i", { class: "mark-line changed", "aria-hidden": "true" }), texts.graph.changed]) : null,
              told.some((/** @type {any} */ mark) => mark.kind === "moved") ? h("li", [h("i", { class: "mark-line moved", "aria-hidden": "true" }), texts.graph.moved]) : null,
              saved.length ? h("li", [h("i", { class: "mark-line saved", "aria-hidden": "true" }), texts.graph.saved]) : null,
            ])
          : null,
        h(Charts, { sources: sources.value, marks: all, hasOthers: media.value.length > 0 }),
        h(MediaPanels, { session: name(), items: media.value }),
      ]);
    };
  },
};
