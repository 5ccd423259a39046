// @ts-check
// Whatever ECharts draws that is no series: an option in, a picture out. Its colours follow the page's.
import { h, onMounted, onUnmounted, ref, watch } from "../vendor/vue.js";
import { store } from "../app/store.js";
import { texts } from "../app/texts.js";
import { visible } from "../app/format.js";

/** @type {Promise<any> | null} */
let library = null;
/** Once it has come it stays; where it did not come the next one asks again. */
export const loadCharts = () =>
  (library ??= import("../vendor/echarts.js").then(
    (module) => module.echarts,
    (problem) => {
      library = null;
      throw problem;
    },
  ));

/**
 * Foreign text as ECharts draws it, which reads braces and bars as its own marks.
 * @param {any} text
 */
export const inert = (text) => visible(String(text)).replace(/[{|}]/g, (mark) => ({ "{": "❴", "|": "¦", "}": "❵" })[mark] ?? mark);

/** In place of what cannot be drawn: another view tries again. */
export const Undrawn = () => h("p", { class: "canvas undrawn muted", role: "alert" }, texts.graph.undrawn);

/** The page's colours as a canvas takes them. */
export function inks() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const label = { color: token("--text-2"), fontSize: 11, fontFamily: token("--font") };
  return { token, label };
}

/**
 * Axes and tooltip of one look.
 * @param {ReturnType<typeof inks>} ink
 */
export function frame({ token, label }) {
  const axis = { axisLine: { lineStyle: { color: token("--line-2") } }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { ...label, hideOverlap: true }, nameTextStyle: label };
  return {
    axis,
    upright: { ...axis, axisLine: { show: false }, splitLine: { lineStyle: { color: token("--line") } } },
    grid: { left: 8, right: 14, top: 12, bottom: 6, containLabel: true },
    tooltip: {
      renderMode: "richText",
      confine: true,
      transitionDuration: 0,
      backgroundColor: token("--raised"),
      borderColor: token("--line-2"),
      borderWidth: 1,
      padding: [6, 8],
      textStyle: { color: token("--text"), fontSize: 12, fontFamily: token("--font") },
    },
  };
}

export const Drawing = {
  props: ["option", "version", "label", "onReady", "tall"],
  setup(/** @type {{ option: () => any, version?: unknown, label: string, tall?: boolean, onReady?: (chart: any) => void }} */ props, /** @type {any} */ { expose }) {
    const element = ref(/** @type {HTMLElement | null} */ (null));
    /** @type {any} */
    let chart = null;
    let isGone = false;
    const media = matchMedia("(prefers-color-scheme: dark)");
    const draw = () => chart?.setOption(props.option(), { notMerge: true });
    const recolour = () => requestAnimationFrame(draw);
    const observer = new ResizeObserver(() => chart?.resize());
    const isMissing = ref(false);
    onMounted(async () => {
      const echarts = await loadCharts().catch(() => null);
      if (!echarts) return void (isMissing.value = true);
      if (isGone || !element.value) return;
      chart = echarts.init(element.value, null, { renderer: "canvas" });
      draw();
      props.onReady?.(chart);
      observer.observe(element.value);
    });
    onUnmounted(() => {
      isGone = true;
      observer.disconnect();
      media.removeEventListener("change", recolour);
      chart?.dispose();
    });
    media.addEventListener("change", recolour);
    watch(() => store.theme, recolour);
    watch(() => props.version, draw);
    expose({ chart: () => chart });
    return () => (isMissing.value ? h(Undrawn) : h("div", { class: ["canvas", { tall: props.tall }], ref: element, role: "img", "aria-label": props.label }));
  },
};
