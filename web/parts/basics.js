// @ts-check
// The small parts that every view uses.
import { defineAsyncComponent, h, ref, shallowRef, onMounted, onUnmounted, watch, nextTick } from "../vendor/vue.js";
import { alone } from "../app/api.js";
import { store, dismiss, toastProblem } from "../app/store.js";
import { texts } from "../app/texts.js";
import { sessionAddress } from "../app/router.js";
import { age, moment, visible } from "../app/format.js";

/** Paths of a 16 × 16 grid, drawn with one stroke. */
const icons = {
  chevron: "M6 4l4 4-4 4",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 6h7v7H6zM3 10V3h7",
  download: "M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
  menu: "M2 4h12M2 8h12M2 12h12",
  zoom: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l4 4",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.5A5.5 5.5 0 1 1 6.5 3 4.5 4.5 0 0 0 13 9.5z",
  half: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
};

/** @param {{ name: keyof typeof icons }} props */
export function Icon(props) {
  return h("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, [h("path", { d: icons[props.name] })]);
}
Icon.props = ["name"];

/**
 * A state by colour, shape and word, so that none of them has to be seen.
 * @param {{ session: import("../app/types.js").Session }} props
 */
export function State(props) {
  const session = props.session;
  const word = session.isStopping ? "stopping" : session.isPausing ? "pausing" : session.state;
  const exit = session.state === "failed" && session.exitCode ? ` ${session.exitCode}` : "";
  return h("span", { class: ["state", session.state], title: session.reason ? visible(session.reason) : null }, [
    h("i", { "aria-hidden": "true" }),
    texts.state[word] + exit,
  ]);
}
State.props = ["session"];

/** @param {{ time?: string }} props */
export function Age(props) {
  return props.time ? h("time", { class: "number", datetime: props.time, title: moment(props.time) }, age(props.time, store.now)) : null;
}
Age.props = ["time"];

/** A line for a terminal, with a button that copies it. */
export const Command = {
  props: ["line"],
  setup(/** @type {{ line: string }} */ props) {
    const copied = ref(false);
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(props.line);
        copied.value = true;
        setTimeout(() => (copied.value = false), 1500);
      } catch (problem) {
        toastProblem(problem);
      }
    };
    return () =>
      h("div", { class: "command" }, [
        h("code", visible(props.line)),
        h("button", { type: "button", class: "quiet", onClick: copy, title: texts.copy, "aria-label": texts.copy }, copied.value ? texts.copied : h(Icon, { name: "copy" })),
      ]);
  },
};

/**
 * What an empty place says: why it is empty and which line fills it.
 * @param {{ text: string, line?: string }} props
 */
export function Empty(props) {
  return h("div", { class: "empty" }, [h("p", props.text), props.line ? h(Command, { line: props.line }) : null]);
}
Empty.props = ["text", "line"];

/** @param {{ el: HTMLElement }} node */
function intoSight({ el }) {
  const row = el.parentElement;
  if (row) row.scrollLeft = el.offsetLeft - row.offsetLeft - (row.clientWidth - el.offsetWidth) / 2;
}

/**
 * `fetch` is called when somebody is about to choose a tab.
 * @param {{ tabs: { id: string, label: string, link: string, count?: number, fetch?: () => void }[], current: string, label: string }} props
 */
export function Tabs(props) {
  return h("nav", { class: "tabs", "aria-label": props.label }, [
    props.tabs.map((tab) =>
      // On a narrow screen the row is longer than what is seen of it: where one is comes into sight.
      h("a", { key: `${tab.id} ${tab.id === props.current}`, href: tab.link, "aria-current": tab.id === props.current ? "page" : null, onPointerenter: tab.fetch, onFocus: tab.fetch, onVnodeMounted: tab.id === props.current ? intoSight : undefined }, [
        tab.label,
        tab.count ? h("span", { class: "count number" }, tab.count) : null,
      ]),
    ),
  ]);
}
Tabs.props = ["tabs", "current", "label"];

/**
 * One of a few, all of them seen.
 * @param {{ label: string, value: string, options: [string, string][], onChoose: (value: string) => void }} props
 */
export function Choice(props) {
  return h(
    "div",
    { class: "choice", role: "group", "aria-label": props.label },
    props.options.map(([value, label]) =>
      h("button", { key: value, type: "button", "aria-pressed": String(value === props.value), onClick: () => props.onChoose(value) }, label),
    ),
  );
}
Choice.props = ["label", "value", "options", "onChoose"];

export const Toasts = () =>
  h("div", { class: "toasts", role: "status", "aria-live": "polite" }, [
    store.toasts.map((/** @type {any} */ item) =>
      h("div", { key: item.id, class: ["toast", item.kind] }, [
        item.link ? h("a", { href: sessionAddress(item.link) }, visible(item.text)) : h("span", visible(item.text)),
        h("button", { type: "button", class: "quiet", onClick: () => dismiss(item.id), "aria-label": texts.close }, h(Icon, { name: "close" })),
      ]),
    ),
  ]);

/** The one dialog: what will happen, the line that does the same, and the choice. */
export const DialogHost = {
  setup() {
    const element = ref(/** @type {HTMLDialogElement | null} */ (null));
    const value = ref("");
    const busy = ref(false);
    watch(
      () => store.dialog,
      async (dialog) => {
        await nextTick();
        if (dialog) {
          value.value = dialog.input ?? "";
          element.value?.showModal();
        } else element.value?.close();
      },
    );
    const confirm = async (/** @type {Event} */ event) => {
      event.preventDefault();
      busy.value = true;
      const dialog = store.dialog;
      store.dialog = null;
      await dialog?.confirm(value.value);
      busy.value = false;
    };
    return () => {
      const dialog = store.dialog;
      return h("dialog", { ref: element, class: "dialog", "aria-labelledby": "dialog-title", onClose: () => (store.dialog = null) }, [
        dialog &&
          h("form", { onSubmit: confirm }, [
            h("h2", { id: "dialog-title" }, dialog.title),
            dialog.text ? h("p", dialog.text) : null,
            dialog.input !== undefined
              ? h("label", [
                  h("span", { class: "label" }, dialog.inputLabel ?? texts.actions.memoLabel),
                  h("textarea", { rows: 3, value: value.value, onInput: (/** @type {any} */ event) => (value.value = event.target.value) }),
                ])
              : null,
            h("div", { class: "label" }, texts.same),
            h(Command, { line: dialog.line(value.value) }),
            h("div", { class: "buttons" }, [
              h("button", { type: "button", onClick: () => (store.dialog = null) }, texts.cancel),
              h("button", { type: "submit", class: dialog.kind === "danger" ? "danger" : "primary", disabled: busy.value }, dialog.label),
            ]),
          ]),
      ]);
    };
  },
};

/**
 * Something from the platform that a view needs: loading, a problem, or the view.
 * @param {{ problem: any, ready: boolean }} props @param {any} context
 */
export function Ready(props, { slots }) {
  if (props.problem) {
    return h("div", { class: "empty", role: "alert" }, [h("p", visible(props.problem.message)), props.problem.hint ? h("p", { class: "muted" }, visible(props.problem.hint)) : null]);
  }
  return props.ready ? slots.default() : h("div", { class: "empty muted", "aria-busy": "true" }, texts.loading);
}
Ready.props = ["problem", "ready"];

/**
 * Loads when `key` changes, and says how that went. To look again waits for what is under way, so that slow answers arrive.
 * @param {() => string | undefined} key @param {(key: string) => Promise<any>} load
 */
export function useLoaded(key, load) {
  // What came is replaced as a whole, never changed.
  const value = shallowRef(/** @type {any} */ (null));
  const problem = shallowRef(/** @type {any} */ (null));
  let look = async () => {};
  const begin = (/** @type {string | undefined} */ current) => {
    const mine = (look = alone(async () => {
      if (current === undefined) return;
      try {
        const loaded = await load(current);
        if (mine === look) [value.value, problem.value] = [loaded, null];
      } catch (error) {
        // What is known stays, unless it is there no more.
        if (mine === look && (value.value === null || /** @type {any} */ (error).status === 404)) problem.value = error;
      }
    }));
    if (current !== undefined) value.value = problem.value = null;
    look();
  };
  watch(key, begin, { immediate: true });
  return { value, problem, refresh: () => look() };
}

/** In place of a view whose files did not come: often there are others by now. */
const Absent = () =>
  h("div", { class: "empty", role: "alert" }, [h("p", texts.absent), h("button", { type: "button", onClick: () => location.reload() }, texts.reload)]);

/**
 * A view whose files are loaded when it is first seen, or when `fetch` is called before that.
 * @param {() => Promise<any>} load
 */
export const later = (load) => Object.assign(defineAsyncComponent({ loader: load, delay: 100, errorComponent: Absent }), { fetch: () => void load().catch(() => {}) });

/**
 * Lets the browser keep something as a file.
 * @param {Blob | string} content itself, or its address @param {string} name
 */
export function saveFile(content, name) {
  const link = document.createElement("a");
  link.href = typeof content === "string" ? content : URL.createObjectURL(content);
  link.download = name;
  link.click();
  if (typeof content !== "string") setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/**
 * The size of an element, as it changes.
 * @param {any} element
 */
export function useSize(element) {
  const size = shallowRef({ width: 0, height: 0 });
  const observer = new ResizeObserver(() => element.value && (size.value = { width: element.value.clientWidth, height: element.value.clientHeight }));
  onMounted(() => element.value && observer.observe(element.value));
  onUnmounted(() => observer.disconnect());
  return size;
}
