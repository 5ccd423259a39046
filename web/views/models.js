// @ts-check
// The checkpoints of a session, with what they were worth when they were saved.
import { computed, h, ref, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { askFork, askSubmit } from "../app/store.js";
import { texts } from "../app/texts.js";
import { number, quote, size, visible } from "../app/format.js";
import { address } from "../app/router.js";
import { Age, Command, Empty, Ready, useLoaded } from "../parts/basics.js";

/** More files than that are fetched by the command line. */
const fileLimit = 1000;

export const Models = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const name = props.shared.session?.name ?? "";
    const { value, problem, refresh } = useLoaded(() => name, (key) => json(`${sessionPath(key)}/checkpoints`));
    watch(() => props.shared.session?.checkpointCount, refresh);
    const metrics = computed(() => [...new Set((value.value?.items ?? []).flatMap((/** @type {any} */ item) => Object.keys(item.summary)))].sort());

    /** The checkpoint whose files are listed. */
    const opened = ref("");
    const files = useLoaded(
      () => opened.value || undefined,
      (checkpoint) => json(`${sessionPath(name)}/checkpoints/files`, { query: [["checkpoint", checkpoint], ["limit", String(fileLimit)]] }),
    );
    const link = (/** @type {string} */ path) => `${sessionPath(name)}/checkpoints/files/content?checkpoint=${encodeURIComponent(opened.value)}&path=${encodeURIComponent(path)}`;
    const list = () =>
      h("tr", { key: "files", class: "opened" }, [
        h("td", { colspan: metrics.value.length + 5 }, [
          h(Ready, { problem: files.problem.value, ready: files.value.value !== null }, () => {
            const found = files.value.value;
            return h("div", { class: "beside" }, [
              h("ul", { class: "pieces" }, found.files.map((/** @type {any} */ file) =>
                h("li", { key: file.path }, [h("a", { class: "mono", href: link(file.path), download: file.path.split("/").at(-1) }, visible(file.path)), h("span", { class: "muted number" }, size(file.bytes))]),
              )),
              found.totalCount > found.files.length ? h("p", { class: "muted note" }, texts.dataset.shown(found.files.length, found.totalCount)) : null,
              h(Command, { line: `nsml model pull ${name} ${quote(opened.value)} .` }),
            ]);
          }),
        ]),
      ]);

    const newest = () => value.value.items.at(-1).name;
    const row = (/** @type {any} */ item) =>
      h("tr", { key: item.name }, [
        h("td", { class: "name" }, visible(item.name)),
        h("td", { class: "number" }, item.step ?? ""),
        h("td", { class: "number" }, h(Age, { time: item.createdAt })),
        h("td", { class: "number" }, size(item.bytes)),
        metrics.value.map((/** @type {any} */ metric) => h("td", { key: metric, class: "number" }, number(item.summary[metric]))),
        h("td", { class: "nowrap stays" }, [
          h("a", { class: "button small", href: address(["sessions", ...name.split("/"), "infer"], { checkpoint: item.name }) }, texts.models.infer),
          name.split("/")[1] === "None" ? null : h("button", { type: "button", class: "small", onClick: () => askSubmit(name, item.name) }, texts.models.submit),
          props.shared.session?.type.startsWith("normal") ? h("button", { type: "button", class: "small", onClick: () => props.shared.session && askFork(props.shared.session, item.name) }, texts.session.fork) : null,
          h("button", { type: "button", class: "small", "aria-expanded": String(opened.value === item.name), onClick: () => (opened.value = opened.value === item.name ? "" : item.name) }, texts.dataset.files(item.fileCount)),
        ]),
      ]);
    return () =>
      h(Ready, { problem: problem.value, ready: value.value !== null }, () =>
        value.value.items.length
          ? h("div", { class: "stack" }, [
              h("div", { class: "scroller" }, [
                h("table", { class: "data" }, [
                  h("thead", h("tr", [
                    h("th", { scope: "col" }, texts.models.name),
                    h("th", { scope: "col", class: "number" }, texts.models.step),
                    h("th", { scope: "col", class: "number" }, texts.models.age),
                    h("th", { scope: "col", class: "number" }, texts.models.size),
                    metrics.value.map((/** @type {any} */ metric) => h("th", { key: metric, scope: "col", class: "number" }, visible(metric))),
                    h("th", { scope: "col", class: "stays" }, h("span", { class: "hidden" }, texts.models.actions)),
                  ])),
                  h("tbody", [...value.value.items].reverse().map((/** @type {any} */ item) => [row(item), item.name === opened.value ? list() : null])),
                ]),
              ]),
              h("div", { class: "lines-below" }, [
                h(Command, { line: `nsml model pull ${name} ${quote(newest())} .` }),
              ]),
            ])
          : h(Empty, { text: texts.models.empty, line: texts.models.emptyLine }),
      );
  },
};
