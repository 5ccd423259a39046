// @ts-check
// The code of a session as it was uploaded.
import { h, ref, watch } from "../vendor/vue.js";
import { codeEntries, codeText } from "../app/code.js";
import { problemText } from "../app/api.js";
import { route, setQuery } from "../app/router.js";
import { texts } from "../app/texts.js";
import { size, visible } from "../app/format.js";
import { Command, Empty, Ready, useLoaded } from "../parts/basics.js";

export const Code = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const session = /** @type {import("../app/types.js").Session} */ (props.shared.session);
    const { value, problem } = useLoaded(() => session.name, codeEntries);
    /** @type {any} */
    const content = ref(null);

    const show = async (/** @type {string | undefined} */ file) => {
      content.value = null;
      const entry = value.value?.find((/** @type {any} */ other) => other.path === file);
      if (!entry) return;
      try {
        const text = await codeText(session.name, entry);
        if (current() === file) content.value = text;
      } catch (error) {
        if (current() === file) content.value = { note: problemText(error) };
      }
    };
    const current = () => route.query.file ?? value.value?.find((/** @type {any} */ entry) => entry.path === session.entry)?.path ?? value.value?.[0]?.path;
    watch(() => [value.value, current()], () => show(current()), { immediate: true });

    return () =>
      h(Ready, { problem: problem.value, ready: value.value !== null }, () =>
        value.value.length
          ? h("div", { class: "code" }, [
              h("nav", { class: "files", "aria-label": texts.session.tabs.code }, [
                h("ul", value.value.map((/** @type {any} */ entry) =>
                  h("li", { key: entry.path }, [
                    h("button", { type: "button", class: "quiet row", "aria-current": entry.path === current() ? "true" : null, onClick: () => setQuery({ file: entry.path }) }, [
                      h("span", { class: "cut" }, visible(entry.path)),
                      h("span", { class: "muted number" }, size(entry.bytes)),
                    ]),
                  ]),
                )),
                h(Command, { line: `nsml pull ${session.name} ./code` }),
              ]),
              content.value?.text !== undefined
                ? h("ol", { class: "source", tabindex: 0, "aria-label": current() }, content.value.text.replace(/\n$/, "").split("\n").slice(0, 20000).map((/** @type {string} */ text, /** @type {number} */ index) => h("li", { key: index }, h("span", visible(text)))))
                : h("p", { class: "empty muted" }, visible(content.value?.note ?? texts.loading)),
            ])
          : h(Empty, { text: texts.code.empty }),
      );
  },
};
