// @ts-check
// The checkpoints of a session, with what they were worth when they were saved.
import { computed, h, ref, watch } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { checkpointArchive } from "../app/tar.js";
import { askFork, askSubmit, toastProblem } from "../app/store.js";
import { texts } from "../app/texts.js";
import { number, quote, size, visible } from "../app/format.js";
import { address } from "../app/router.js";
import { Age, Command, Empty, Ready, saveFile, useLoaded } from "../parts/basics.js";

export const Models = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const name = props.shared.session?.name ?? "";
    const { value, problem, refresh } = useLoaded(() => name, (key) => json(`${sessionPath(key)}/checkpoints`));
    watch(() => props.shared.session?.checkpointCount, refresh);
    const metrics = computed(() => [...new Set((value.value?.items ?? []).flatMap((/** @type {any} */ item) => Object.keys(item.summary)))].sort());

    const newest = () => value.value.items.at(-1).name;
    /** Which one is being fetched. */
    const fetching = ref("");
    const download = async (/** @type {string} */ checkpoint) => {
      fetching.value = checkpoint;
      try {
        const folder = name.replaceAll("/", "_");
        saveFile(await checkpointArchive(name, checkpoint, `${folder}/${checkpoint}/model`), `${folder}_${checkpoint}.tar`);
      } catch (problem) {
        toastProblem(problem);
      }
      fetching.value = "";
    };
    const row = (/** @type {any} */ item) =>
      h("tr", { key: item.name }, [
        h("td", { class: "name" }, visible(item.name)),
        h("td", { class: "number" }, item.step ?? ""),
        metrics.value.map((/** @type {any} */ metric) => h("td", { key: metric, class: "number" }, number(item.summary[metric]))),
        h("td", { class: "number" }, h(Age, { time: item.createdAt })),
        h("td", { class: "number" }, size(item.bytes)),
        h("td", { class: "number" }, item.fileCount),
        h("td", { class: "nowrap stays" }, [
          h("a", { class: "button small", href: address(["sessions", ...name.split("/"), "infer"], { checkpoint: item.name }) }, texts.models.infer),
          h("button", { type: "button", class: "small", title: `nsml model pull ${name} ${quote(item.name)} .`, disabled: fetching.value !== "", onClick: () => download(item.name) }, texts.models.pull),
          props.shared.session?.type.startsWith("normal") ? h("button", { type: "button", class: "small", onClick: () => props.shared.session && askFork(props.shared.session, item.name) }, texts.models.fork) : null,
          name.split("/")[1] === "None" ? null : h("button", { type: "button", class: "small", onClick: () => askSubmit(name, item.name) }, texts.models.submit),
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
                    metrics.value.map((/** @type {any} */ metric) => h("th", { key: metric, scope: "col", class: "number" }, visible(metric))),
                    h("th", { scope: "col", class: "number" }, texts.models.age),
                    h("th", { scope: "col", class: "number" }, texts.models.size),
                    h("th", { scope: "col", class: "number" }, texts.models.files),
                    h("th", { scope: "col" }, h("span", { class: "hidden" }, texts.models.actions)),
                  ])),
                  h("tbody", [...value.value.items].reverse().map(row)),
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
