// @ts-check
// The metrics of one session as charts, with a mark where a checkpoint was saved.
import { computed, h, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { Charts } from "../parts/charts.js";
import { useLoaded } from "../parts/basics.js";

export const Graph = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const sources = computed(() => [{ session: props.shared.session?.name ?? "", metrics: props.shared.metrics }]);
    const { value, refresh } = useLoaded(() => props.shared.session?.name, (name) => json(`${sessionPath(name)}/checkpoints`));
    watch(() => props.shared.session?.checkpointCount, refresh);
    const marks = computed(() => (value.value?.items ?? []).filter((/** @type {any} */ item) => item.step !== undefined).map((/** @type {any} */ item) => ({ step: item.step, time: Date.parse(item.createdAt), label: item.name })));
    return () => h(Charts, { sources: sources.value, marks: marks.value });
  },
};
