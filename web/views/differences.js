// @ts-check
// The code of two sessions side by side: which files differ, and their lines beside each other.
import { computed, h, ref, shallowRef, watch } from "../vendor/vue.js";
import { toastProblem } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { codeEntries, codeText } from "../app/code.js";
import { pairs, rows } from "../app/diff.js";
import { quote, visible } from "../app/format.js";
import { texts } from "../app/texts.js";
import { Command, Ready, useLoaded } from "../parts/basics.js";

/** So many equal lines are left around what differs. */
const context = 3;

export const Differences = {
  props: ["names"],
  setup(/** @type {{ names: string[] }} */ props) {
    const left = () => (props.names.includes(route.query.left ?? "") ? route.query.left : props.names[0]);
    const right = () => (props.names.includes(route.query.right ?? "") ? route.query.right : (props.names.find((name) => name !== left()) ?? props.names[0]));
    const { value, problem } = useLoaded(() => `${left()} ${right()}`, async () => {
      const [a, b] = await Promise.all([codeEntries(left()), codeEntries(right())]);
      const [one, other] = [new Map(a.map((entry) => [entry.path, entry])), new Map(b.map((entry) => [entry.path, entry]))];
      return [...new Set([...one.keys(), ...other.keys()])].sort().filter((path) => one.get(path)?.digest !== other.get(path)?.digest).map((path) => ({ path, left: one.get(path), right: other.get(path) }));
    });
    const current = computed(() => value.value?.find((/** @type {any} */ file) => file.path === route.query.file) ?? value.value?.[0]);
    const shown = shallowRef(/** @type {any} */ (null));
    const unfolded = ref(false);
    watch(
      current,
      async (file) => {
        [shown.value, unfolded.value] = [null, false];
        if (!file) return;
        try {
          /** @type {{ text?: string, note?: string }} */
          const none = { text: "" };
          const [a, b] = await Promise.all([file.left ? codeText(left(), file.left) : none, file.right ? codeText(right(), file.right) : none]);
          if (current.value !== file) return;
          const lines = (/** @type {string} */ text) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
          if (a.note ?? b.note) shown.value = { note: a.note ?? b.note };
          else shown.value = { a: lines(a.text ?? ""), b: lines(b.text ?? ""), rows: rows(pairs(lines(a.text ?? ""), lines(b.text ?? ""))) };
        } catch (error) {
          toastProblem(error);
        }
      },
      { immediate: true },
    );
    const cell = (/** @type {string[]} */ lines, /** @type {number | undefined} */ at, /** @type {string} */ kind) => [
      h("td", { class: "place number" }, at === undefined ? "" : at + 1),
      h("td", { class: ["text", at === undefined ? "absent" : kind] }, at === undefined ? "" : h("span", visible(lines[at]))),
    ];
    const table = (/** @type {any} */ { a, b, rows }) => {
      const near = new Set();
      rows.forEach((/** @type {any} */ row, /** @type {number} */ index) => {
        if (!row.isSame) for (let at = index - context; at <= index + context; at += 1) near.add(at);
      });
      /** @type {any[]} */
      const out = [];
      let hidden = 0;
      const fold = (/** @type {number} */ index) => {
        if (hidden) out.push(h("tr", { key: `fold ${index}`, class: "fold" }, h("td", { colspan: 4 }, h("button", { type: "button", class: "quiet", onClick: () => (unfolded.value = true) }, texts.compare.folded(hidden)))));
        hidden = 0;
      };
      rows.forEach((/** @type {any} */ row, /** @type {number} */ index) => {
        if (row.isSame && !near.has(index) && !unfolded.value) return void (hidden += 1);
        fold(index);
        out.push(h("tr", { key: index }, [cell(a, row.left, row.isSame ? "" : "removed"), cell(b, row.right, row.isSame ? "" : "added")]));
      });
      fold(rows.length);
      return h("div", { class: "scroller" }, h("table", { class: "diff" }, [
        h("colgroup", [h("col", { class: "w-line" }), h("col"), h("col", { class: "w-line" }), h("col")]),
        h("thead", h("tr", [h("th", { colspan: 2, scope: "col" }, left()), h("th", { colspan: 2, scope: "col" }, right())])),
        h("tbody", out),
      ]));
    };
    const select = (/** @type {string} */ label, /** @type {string} */ chosen, /** @type {string} */ key) =>
      h("label", { class: "pair" }, [
        h("span", { class: "muted" }, label),
        h("select", { value: chosen, onChange: (/** @type {any} */ event) => setQuery({ [key]: event.target.value, file: undefined }) }, props.names.map((name) => h("option", { key: name, value: name }, name))),
      ]);
    return () =>
      h("div", [
        h("div", { class: "bar" }, [select(texts.compare.before, left(), "left"), select(texts.compare.after, right(), "right"), h(Command, { line: `nsml diff ${quote(left())} ${quote(right())}` })]),
        h(Ready, { problem: problem.value, ready: value.value !== null }, () =>
          value.value.length
            ? h("div", { class: "code" }, [
                h("nav", { class: "files", "aria-label": texts.compare.tabs.code }, h("ul", value.value.map((/** @type {any} */ file) =>
                  h("li", { key: file.path }, h("button", { type: "button", class: "quiet row", "aria-current": file === current.value ? "true" : null, onClick: () => setQuery({ file: file.path }) }, [
                    h("span", { class: "cut" }, visible(file.path)),
                    h("span", { class: "muted" }, !file.left ? texts.compare.added : !file.right ? texts.compare.removed : texts.compare.changed),
                  ])),
                ))),
                shown.value?.rows ? table(shown.value) : h("p", { class: "empty muted" }, shown.value?.note ?? texts.loading),
              ])
            : h("p", { class: "empty muted" }, texts.compare.sameCode),
        ),
      ]);
  },
};
