// @ts-check
// The metrics of one session as charts.
import { computed, h } from "../vendor/vue.js";
import { Charts } from "../parts/charts.js";

export const Graph = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const sources = computed(() => [{ session: props.shared.session?.name ?? "", metrics: props.shared.metrics }]);
    return () => h(Charts, { sources: sources.value });
  },
};
