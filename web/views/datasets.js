// @ts-check
// All datasets that one may see.
import { h } from "../vendor/vue.js";
import { store } from "../app/store.js";
import { address } from "../app/router.js";
import { texts } from "../app/texts.js";
import { size, visible } from "../app/format.js";
import { Age, Empty } from "../parts/basics.js";

const text = texts.datasets;

export function Datasets() {
  const heads = [[text.name], [text.owner], [text.version, "number"], [text.size, "number"], [text.files, "number"], [text.metric], [text.age, "number"], [text.description]];
  return h("section", { class: "view" }, [
    h("header", { class: "head" }, h("div", { class: "title" }, h("h1", text.title))),
    store.datasetsLoaded && !store.datasets.length
      ? h(Empty, { text: text.empty, line: text.emptyLine })
      : h("div", { class: "scroller" }, [
          h("table", { class: "data" }, [
            h("thead", h("tr", heads.map(([label, kind]) => h("th", { key: label, scope: "col", class: kind }, label)))),
            h("tbody", store.datasets.map((item) =>
              h("tr", { key: item.name }, [
                h("td", h("a", { class: "name", href: address(["datasets", item.name]) }, item.name)),
                h("td", item.owner),
                h("td", { class: "number" }, item.version.number),
                h("td", { class: "number" }, size(item.version.bytes)),
                h("td", { class: "number" }, item.version.fileCount),
                h("td", visible(item.settings.metric ?? "")),
                h("td", { class: "number" }, h(Age, { time: item.version.createdAt })),
                h("td", { class: "wide muted" }, [item.settings.isPrivate ? h("span", { class: "tag" }, text.private) : null, visible(item.settings.description)]),
              ]),
            )),
          ]),
        ]),
  ]);
}
