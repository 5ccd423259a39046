// @ts-check
// Asks a checkpoint: text or a file in, whatever its code answers out.
import { computed, h, onUnmounted, ref, watch } from "../vendor/vue.js";
import { json, problemText, request, sessionPath } from "../app/api.js";
import { route, setQuery } from "../app/router.js";
import { texts } from "../app/texts.js";
import { quote, span, visible } from "../app/format.js";
import { Choice, Command, Empty, Ready, useLoaded } from "../parts/basics.js";
import { Sketch } from "../parts/sketch.js";

export const Infer = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const name = props.shared.session?.name ?? "";
    const { value, problem, refresh } = useLoaded(() => name, (key) => json(`${sessionPath(key)}/checkpoints`));
    const kind = ref("text");
    const text = ref("");
    const file = ref(/** @type {File | null} */ (null));
    const drawn = ref(/** @type {Blob | null} */ (null));
    const auto = ref(false);
    const busy = ref(false);
    const answer = ref(/** @type {any} */ (null));
    /** Of an answer that is seen, heard or saved. */
    let location = "";
    let again = false;
    let timer = 0;

    const newest = () => value.value?.items.at(-1)?.name;
    const chosen = computed(() => (auto.value ? newest() : route.query.checkpoint) ?? newest());

    const ask = async () => {
      const sent = kind.value === "text" ? text.value : kind.value === "draw" ? drawn.value : file.value;
      if (!chosen.value || sent === null) return;
      if (busy.value) return void (again = true);
      busy.value = true;
      // Another one may be chosen while this one answers.
      const checkpoint = chosen.value;
      try {
        const started = performance.now();
        const response = await request(`${sessionPath(name)}/infer`, {
          method: "POST",
          query: [["checkpoint", checkpoint]],
          body: sent,
          type: typeof sent === "string" ? "text/plain; charset=utf-8" : sent.type || "application/octet-stream",
        });
        const type = (response.headers.get("content-type") ?? "").split(";")[0];
        const blob = await response.blob();
        URL.revokeObjectURL(location);
        const form = type === "image/svg+xml" ? "text" : (/^(image|audio)(?=\/)/.exec(type)?.[0] ?? (type === "application/octet-stream" ? "file" : "text"));
        location = form === "text" ? "" : URL.createObjectURL(new Blob([blob], { type }));
        const body = form === "text" ? await blob.text() : "";
        let parsed;
        try {
          parsed = JSON.parse(body);
        } catch {
          parsed = undefined;
        }
        answer.value = { form, location, body, parsed, seconds: (performance.now() - started) / 1000, checkpoint };
      } catch (error) {
        answer.value = { error };
      }
      busy.value = false;
      if (again) {
        again = false;
        ask();
      }
    };
    const changed = () => {
      clearTimeout(timer);
      if (auto.value) timer = setTimeout(ask, 150);
    };
    watch(() => props.shared.session?.checkpointCount, async () => {
      await refresh();
      changed();
    });
    onUnmounted(() => {
      clearTimeout(timer);
      URL.revokeObjectURL(location);
    });

    /**
     * Classes with probabilities, in any of the forms that are usual: {"7": 0.9} or [[0.9, "7"], ...].
     * @param {any} parsed @returns {[string, number][] | null}
     */
    const classes = (parsed) => {
      const isShare = (/** @type {any} */ number) => typeof number === "number" && number >= 0 && number <= 1;
      if (Array.isArray(parsed) && parsed.length && parsed.every((pair) => Array.isArray(pair) && pair.length === 2)) {
        if (parsed.every((pair) => isShare(pair[0]))) return parsed.map(([share, label]) => [String(label), share]);
        if (parsed.every((pair) => isShare(pair[1]))) return parsed.map(([label, share]) => [String(label), share]);
      }
      if (parsed && typeof parsed === "object" && !Array.isArray(parsed) && Object.keys(parsed).length && Object.values(parsed).every(isShare)) return /** @type {any} */ (Object.entries(parsed));
      return null;
    };
    const result = () => {
      if (busy.value && !answer.value) return h("p", { class: "muted" }, texts.infer.asking);
      const shown = answer.value;
      if (!shown) return h("p", { class: "muted" }, texts.infer.nothing);
      if (shown.error) return h("p", { class: "problem", role: "alert" }, visible(problemText(shown.error)));
      if (shown.form === "image") return h("img", { src: shown.location, alt: texts.infer.answer });
      if (shown.form === "audio") return h("audio", { controls: true, src: shown.location, "aria-label": texts.infer.answer });
      if (shown.form === "file") return h("a", { class: "button", href: shown.location, download: `answer-${shown.checkpoint}` }, texts.infer.save);
      const bars = classes(shown.parsed);
      if (bars)
        return h("ol", { class: "shares" }, bars.sort((a, b) => b[1] - a[1]).slice(0, 20).map(([label, share]) =>
          h("li", { key: label }, [h("span", { class: "cut" }, visible(label)), h("span", { class: "share" }, h("i", { style: { width: `${share * 100}%` } })), h("span", { class: "number" }, `${(share * 100).toFixed(1)} %`)]),
        ));
      return h("pre", visible(shown.parsed === undefined ? shown.body : JSON.stringify(shown.parsed, null, 2)));
    };
    const drop = (/** @type {any} */ event) => {
      event.preventDefault();
      file.value = event.dataTransfer.files[0] ?? null;
      changed();
    };

    return () =>
      h(Ready, { problem: problem.value, ready: value.value !== null }, () =>
        value.value.items.length
          ? h("div", { class: "infer" }, [
              h("section", [
                h("div", { class: "bar" }, [
                  h("label", { class: "field" }, [
                    h("span", texts.infer.model),
                    h("select", { value: chosen.value, disabled: auto.value, onChange: (/** @type {any} */ event) => setQuery({ checkpoint: event.target.value }) }, value.value.items.map((/** @type {any} */ item) => h("option", { key: item.name, value: item.name }, visible(item.name)))),
                  ]),
                  h(Choice, { label: texts.infer.kind, value: kind.value, options: [["text", texts.infer.text], ["draw", texts.infer.draw], ["file", texts.infer.file]], onChoose: (/** @type {string} */ next) => (kind.value = next) }),
                  h("label", { class: "check" }, [h("input", { type: "checkbox", checked: auto.value, onChange: (/** @type {any} */ event) => { auto.value = event.target.checked; changed(); } }), texts.infer.auto]),
                  h("button", { type: "button", class: "primary", onClick: ask }, texts.infer.ask),
                ]),
                kind.value === "text"
                  ? h("textarea", { rows: 6, "aria-label": texts.infer.text, value: text.value, onInput: (/** @type {any} */ event) => { text.value = event.target.value; changed(); } })
                  : kind.value === "draw"
                    ? h(Sketch, { onChange: (/** @type {Blob | null} */ image) => { drawn.value = image; if (image) changed(); } })
                    : h("label", { class: "drop", onDragover: (/** @type {Event} */ event) => event.preventDefault(), onDrop: drop }, [
                      h("input", { type: "file", onChange: (/** @type {any} */ event) => { file.value = event.target.files[0] ?? null; changed(); } }),
                      h("span", file.value ? visible(file.value.name) : texts.infer.choose),
                    ]),
                h(Command, { line: `nsml infer ${quote(`${name}/${chosen.value}`)} < ${kind.value === "file" && file.value ? quote(file.value.name) : "FILE"}` }),
              ]),
              h("section", { class: "answer", "aria-live": "polite", "aria-busy": String(busy.value) }, [
                h("h2", [texts.infer.answer, answer.value?.seconds ? h("span", { class: "count number" }, `${visible(answer.value.checkpoint)} · ${span(answer.value.seconds)}`) : null]),
                result(),
              ]),
            ])
          : h(Empty, { text: texts.infer.none, line: texts.models.emptyLine }),
      );
  },
};
