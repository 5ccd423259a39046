// @ts-check
// A place to draw: white on black, as the digits are that models are trained on.
import { h, onMounted, ref } from "../vendor/vue.js";
import { texts } from "../app/texts.js";

const side = 280;

export const Sketch = {
  props: ["onChange"],
  setup(/** @type {{ onChange: (image: Blob | null) => void }} */ props) {
    const element = ref(/** @type {HTMLCanvasElement | null} */ (null));
    /** @type {CanvasRenderingContext2D | null} */
    let context = null;
    /** @type {{ x: number, y: number } | null} */
    let last = null;

    const clear = () => {
      if (!context) return;
      context.fillStyle = "#000";
      context.fillRect(0, 0, side, side);
      props.onChange(null);
    };
    onMounted(() => {
      context = element.value?.getContext("2d") ?? null;
      clear();
    });
    const place = (/** @type {PointerEvent} */ event) => {
      const box = /** @type {HTMLCanvasElement} */ (element.value).getBoundingClientRect();
      return { x: ((event.clientX - box.left) * side) / box.width, y: ((event.clientY - box.top) * side) / box.height };
    };
    const stroke = (/** @type {PointerEvent} */ event) => {
      if (!last || !context) return;
      const at = place(event);
      context.strokeStyle = "#fff";
      context.lineWidth = 22;
      context.lineCap = context.lineJoin = "round";
      context.beginPath();
      context.moveTo(last.x, last.y);
      context.lineTo(at.x, at.y);
      context.stroke();
      last = at;
    };
    const begin = (/** @type {PointerEvent} */ event) => {
      element.value?.setPointerCapture(event.pointerId);
      last = place(event);
      stroke(event);
    };
    const end = () => {
      if (!last) return;
      last = null;
      element.value?.toBlob((image) => props.onChange(image), "image/png");
    };
    return () =>
      h("div", { class: "sketch" }, [
        h("canvas", { ref: element, width: side, height: side, role: "img", "aria-label": texts.infer.draw, onPointerdown: begin, onPointermove: stroke, onPointerup: end, onPointercancel: end }),
        h("button", { type: "button", onClick: clear }, texts.infer.clear),
      ]);
  },
};
