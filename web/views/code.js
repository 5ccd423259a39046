// @ts-check
// The code of a session as it was uploaded.
import { h, ref, watch } from "../vendor/vue.js";
import { request, sessionPath } from "../app/api.js";
import { toastProblem } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { texts } from "../app/texts.js";
import { size, visible } from "../app/format.js";
import { Command, Empty, Ready, useLoaded } from "../parts/basics.js";

/** Larger files are not shown. */
const sizeLimit = 1_000_000;

/** `DIGEST SIZE MODE PATH` a line, after one line that says what it is. @param {string} text */
function entries(text) {
  return text
    .split("\n")
    .slice(1)
    .filter(Boolean)
    .map((line) => {
      const [digest, bytes, , ...path] = line.split(" ");
      return { digest, bytes: Number(bytes), path: path.join(" ") };
    });
}

export const Code = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const session = /** @type {import("../app/types.js").Session} */ (props.shared.session);
    const path = sessionPath(session.name);
    const { value, problem } = useLoaded(() => session.name, async () => entries(await (await request(`${path}/code/manifest`)).text()));
    /** @type {any} */
    const content = ref(null);

    const show = async (/** @type {string | undefined} */ file) => {
      content.value = null;
      const entry = value.value?.find((/** @type {any} */ other) => other.path === file);
      if (!entry) return;
      if (entry.bytes > sizeLimit) return void (content.value = { note: texts.code.large });
      try {
        const answer = await request(`${path}/code/content`, { method: "POST", json: { digests: [entry.digest] } });
        // A pack of one piece: 32 bytes of digest, 8 of length, the bytes.
        const bytes = new Uint8Array(await answer.arrayBuffer()).subarray(40);
        content.value = bytes.includes(0) ? { note: texts.code.binary } : { text: new TextDecoder().decode(bytes) };
      } catch (error) {
        toastProblem(error);
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
                : h("p", { class: "empty muted" }, content.value?.note ?? texts.loading),
            ])
          : h(Empty, { text: texts.code.empty }),
      );
  },
};
