// @ts-check
// `>>>`: Python, evaluated in the living session at its next safe point, with completion and history.
import { h, nextTick, ref } from "../vendor/vue.js";
import { json, problemText, request, sessionPath } from "../app/api.js";
import { texts } from "../app/texts.js";
import { visible } from "../app/format.js";

/** So many exchanges are kept on the page; the session's events have what changed. */
const keep = 100;
/** A suggestion is no list of all. */
const suggestions = 24;

/** @typedef {{ id: number, code: string, answer: any, number?: number }} Exchange */

export const Prompt = {
  props: ["name"],
  setup(/** @type {{ name: string }} */ props) {
    const path = `${sessionPath(props.name)}/questions`;
    const text = ref("");
    const exchanges = ref(/** @type {Exchange[]} */ ([]));
    const offers = ref(/** @type {string[]} */ ([]));
    const list = ref(/** @type {HTMLElement | null} */ (null));
    let at = 0;

    const ask = async (/** @type {any} */ question, /** @type {(number: number) => void} */ begun = () => {}) => {
      let record = await json(path, { method: "POST", json: question });
      begun(record.number);
      while (!record.answer) record = await json(`${path}/${record.number}`, { query: [["waitSeconds", "20"]] });
      return record.answer;
    };
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const code = text.value;
      if (!code.trim()) return;
      const exchange = { id: Date.now() + Math.random(), code, answer: null };
      exchanges.value = [...exchanges.value, exchange].slice(-keep);
      at = exchanges.value.length;
      text.value = "";
      offers.value = [];
      const put = (/** @type {Partial<Exchange>} */ change) => {
        exchanges.value = exchanges.value.map((other) => (other.id === exchange.id ? { ...other, ...change } : other));
        nextTick(() => list.value?.scrollTo(0, list.value.scrollHeight));
      };
      put({});
      try {
        put({ answer: await ask({ kind: "exec", text: code }, (number) => put({ number })) });
      } catch (problem) {
        put({ answer: { error: problemText(problem) } });
      }
    };
    const complete = async () => {
      try {
        const answer = await ask({ kind: "complete", text: text.value });
        const found = answer.completions ?? [];
        const common = found.reduce((/** @type {string} */ shared, /** @type {string} */ word) => {
          let length = 0;
          while (length < shared.length && shared[length] === word[length]) length += 1;
          return shared.slice(0, length);
        }, found[0] ?? "");
        const begun = answer.prefix ?? "";
        if (common.startsWith(begun) && text.value.endsWith(begun)) text.value = text.value.slice(0, text.value.length - begun.length) + common;
        offers.value = found.length > 1 ? found.slice(0, suggestions) : [];
      } catch {
        // No completion is no fault: one goes on typing.
        offers.value = [];
      }
    };
    const keys = (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const pending = exchanges.value.findLast((exchange) => !exchange.answer && exchange.number);
      if (event.key === "Tab" && !event.shiftKey && text.value) {
        event.preventDefault();
        complete();
      } else if (step) {
        event.preventDefault();
        at = Math.max(0, Math.min(exchanges.value.length, at + step));
        text.value = exchanges.value[at]?.code ?? "";
      } else if (event.key === "Escape" && offers.value.length) offers.value = [];
      else if (event.key === "c" && event.ctrlKey && pending && getSelection()?.isCollapsed) request(`${path}/${pending.number}`, { method: "DELETE" }).catch(() => {});
    };
    const said = (/** @type {any} */ answer) =>
      answer
        ? [
            answer.output ? h("pre", visible(answer.output)) : null,
            answer.value !== undefined ? h("pre", visible(answer.value)) : null,
            answer.traceback || answer.error ? h("pre", { class: "problem" }, visible(answer.traceback ?? answer.error)) : null,
            (answer.changes ?? []).map((/** @type {any} */ change) => h("p", { class: "muted" }, visible(`${change.target}: ${change.old ?? "–"} → ${change.new ?? "–"}`))),
            (answer.notes ?? []).map((/** @type {string} */ note) => h("p", { class: "muted" }, visible(note))),
          ]
        : h("p", { class: "muted" }, texts.prompt.waits);

    return () =>
      h("div", { class: "prompt" }, [
        exchanges.value.length
          ? h("div", { class: "exchanges", ref: list, role: "log", "aria-live": "polite", tabindex: 0 }, exchanges.value.map((exchange) => h("div", { key: exchange.id }, [h("pre", { class: "asked" }, [h("span", { "aria-hidden": "true" }, ">>> "), visible(exchange.code)]), said(exchange.answer)])))
          : null,
        offers.value.length ? h("p", { class: "offers", role: "status" }, visible(offers.value.join("   "))) : null,
        h("form", { onSubmit: submit }, [
          h("span", { "aria-hidden": "true" }, ">>>"),
          h("input", {
            type: "text",
            spellcheck: false,
            autocomplete: "off",
            autocapitalize: "off",
            "aria-label": texts.prompt.label,
            placeholder: texts.prompt.hint,
            value: text.value,
            onKeydown: keys,
            onInput: (/** @type {any} */ event) => (text.value = event.target.value),
          }),
        ]),
      ]);
  },
};
