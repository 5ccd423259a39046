// @ts-check
// One dataset: its board, its files, its versions.
import { h, watch } from "../vendor/vue.js";
import { json } from "../app/api.js";
import { mayChange, store } from "../app/store.js";
import { address, sessionAddress } from "../app/router.js";
import { texts } from "../app/texts.js";
import { number, size, visible } from "../app/format.js";
import { Ranks } from "../parts/ranks.js";
import { DatasetSettings } from "./dataset-settings.js";
import { Age, Command, Empty, Ready, Tabs, useLoaded } from "../parts/basics.js";

const text = texts.dataset;
/** The curve is made of all changes; in the table are the newest. */
const changesShown = 200;

export const Dataset = {
  props: ["name", "tab"],
  setup(/** @type {{ name: string, tab: "board" | "files" | "versions" | "settings" }} */ props) {
    const path = `/v1/datasets/${encodeURIComponent(props.name)}`;
    const opened = Date.now();
    const { value: dataset, problem, refresh: look } = useLoaded(() => props.name, () => json(path));
    const { value: content, problem: contentProblem, refresh } = useLoaded(
      () => (dataset.value && props.tab !== "settings" && (props.tab !== "board" || dataset.value.settings.metric) ? props.tab : undefined),
      async (tab) => {
        const data = await json(`${path}/${tab}`);
        // A board of what training reported has none.
        const isScored = tab === "board" && !data.isSelfReported;
        const [history, mine] = isScored
          ? await Promise.all([json(`${path}/board/history`, { query: [["limit", "1000"]] }), json("/v1/submissions", { query: [["dataset", props.name], ["limit", "200"]] })])
          : [null, null];
        return { tab, data, history: history?.items ?? [], mine: mine?.items ?? [] };
      },
    );
    watch(() => store.changes, refresh);
    // Somebody may have pushed a new version.
    watch(() => store.changes, look);

    const head = (/** @type {any[]} */ labels) => h("thead", h("tr", labels.map(([label, kind]) => h("th", { key: label, scope: "col", class: kind }, label))));
    /**
     * Who got a better place, and when.
     * @param {any[]} history
     */
    const overtaking = (history) => [
      h("h2", { class: "section" }, text.history),
      h(Ranks, { changes: history, now: opened }),
      h("table", { class: "data board narrow" }, [
        head([[text.rank, "number"], [text.user], [text.score, "number"], [text.model], [text.age, "number"]]),
        h("tbody", history.slice(0, changesShown).map((change, index) =>
          h("tr", { key: index }, [
            h("td", { class: "number rank" }, change.formerRank ? `${change.formerRank} → ${change.rank}` : change.rank),
            h("td", change.user),
            h("td", { class: "number" }, number(change.score)),
            h("td", h("a", { href: sessionAddress(change.checkpoint.split("/").slice(0, 3).join("/"), "models") }, visible(change.checkpoint))),
            h("td", { class: "number" }, h(Age, { time: change.recordedAt })),
          ]),
        )),
      ]),
    ];
    /**
     * What one has submitted oneself, newest first, and what came of it.
     * @param {any[]} mine
     */
    const own = (mine) => [
      h("h2", { class: "section" }, text.mine),
      h("table", { class: "data board narrow mine" }, [
        head([[text.number, "number"], [text.model], [text.status], [text.score, "number"], [text.age, "number"]]),
        h("tbody", mine.map((item) =>
          h("tr", { key: item.number }, [
            h("td", { class: "number" }, item.number),
            h("td", h("a", { href: sessionAddress(item.checkpoint.split("/").slice(0, 3).join("/"), "models") }, visible(item.checkpoint))),
            h("td", [text.statuses[/** @type {"scored"} */ (item.status)], item.isTest ? `, ${text.test}` : "", item.failure ? `: ${visible(item.failure)}` : ""]),
            h("td", { class: "number" }, number(item.score)),
            h("td", { class: "number" }, h(Age, { time: item.createdAt })),
          ]),
        )),
      ]),
      h("div", { class: "lines-below" }, h(Command, { line: `nsml dataset board ${props.name} --mine` })),
    ];
    const views = {
      board: (/** @type {any} */ board, /** @type {any[]} */ history, /** @type {any[]} */ mine) =>
        board.entries.length || mine.length
          ? [
              board.isSelfReported ? h("p", { class: "muted note" }, text.reported) : null,
              board.entries.length
                ? h("table", { class: "data board narrow" }, [
                    head([[text.rank, "number"], [text.user], [visible(board.metric), "number"], [text.model], [text.scores, "number"], [text.age, "number"]]),
                    h("tbody", board.entries.map((/** @type {any} */ entry) =>
                      h("tr", { key: entry.user, class: { chosen: entry.user === store.identity?.user } }, [
                        h("td", { class: "number rank" }, entry.rank ?? "–"),
                        h("td", entry.user),
                        h("td", { class: "number strong" }, number(entry.score)),
                        h("td", h("a", { href: sessionAddress(entry.session, "models") }, visible(entry.checkpoint ? `${entry.session}/${entry.checkpoint}` : entry.session))),
                        h("td", { class: "number" }, entry.count),
                        h("td", { class: "number" }, h(Age, { time: entry.recordedAt })),
                      ]),
                    )),
                  ])
                : null,
              mine.length ? own(mine) : null,
              history.length ? overtaking(history) : null,
            ]
          : h(Empty, { text: text.emptyBoard, line: text.emptyBoardLine }),
      files: (/** @type {any} */ list) => [
        h("table", { class: "data narrow" }, [
          head([[text.path], [text.size, "number"]]),
          h("tbody", list.files.map((/** @type {any} */ file) => h("tr", { key: file.path }, [h("td", { class: "wide mono" }, visible(file.path)), h("td", { class: "number" }, size(file.bytes))]))),
        ]),
        list.totalCount > list.files.length ? h("p", { class: "muted note" }, text.shown(list.files.length, list.totalCount)) : null,
        h("div", { class: "lines-below" }, h(Command, { line: `nsml dataset pull ${props.name} ./${props.name}` })),
      ],
      versions: (/** @type {any} */ page) =>
        h("table", { class: "data narrow" }, [
          head([[texts.datasets.version, "number"], [text.size, "number"], [texts.datasets.files, "number"], [text.author], [text.age, "number"]]),
          h("tbody", [...page.items].reverse().map((/** @type {any} */ version) =>
            h("tr", { key: version.number }, [
              h("td", { class: "number" }, `@${version.number}`),
              h("td", { class: "number" }, size(version.bytes)),
              h("td", { class: "number" }, version.fileCount),
              h("td", version.author),
              h("td", { class: "number" }, h(Age, { time: version.createdAt })),
            ]),
          )),
        ]),
    };
    const body = (/** @type {any} */ record) => {
      if (props.tab === "board" && !record.settings.metric) return h(Empty, { text: text.noBoard, line: text.noBoardLine(record.name) });
      if (props.tab === "settings" && mayChange(record.owner)) return h(DatasetSettings, { key: JSON.stringify(record.settings), dataset: record, onChanged: look });
      const loaded = content.value?.tab === props.tab ? content.value : null;
      return h(Ready, { problem: contentProblem.value, ready: loaded !== null }, () => h("div", { class: "scroller" }, views[/** @type {"board"} */ (props.tab in views ? props.tab : "files")](loaded.data, loaded.history, loaded.mine)));
    };

    return () =>
      h(Ready, { problem: problem.value, ready: dataset.value !== null }, () => {
        const record = dataset.value;
        return h("section", { class: "view" }, [
          h("header", { class: "head" }, [
            h("div", { class: "title" }, [h("h1", `${record.name}@${record.version.number}`), record.settings.isPrivate ? h("span", { class: "tag" }, texts.datasets.private) : null]),
            h("p", { class: "muted line" }, [h("span", record.owner), h("span", { class: "number" }, size(record.version.bytes)), h("span", { class: "number" }, text.files(record.version.fileCount)), h(Age, { time: record.version.createdAt })]),
            record.settings.description ? h("p", { class: "memo" }, visible(record.settings.description)) : null,
          ]),
          h(Tabs, {
            label: record.name,
            current: props.tab,
            tabs: [
              ...["board", "files", "versions", ...(mayChange(record.owner) ? ["settings"] : [])].map((id) => ({ id, label: text.tabs[/** @type {"board"} */ (id)], link: address(["datasets", record.name, id]) })),
              { id: "sessions", label: text.tabs.sessions, link: address(["sessions"], { filter: `dataset:${record.name}` }) },
            ],
          }),
          h("div", { class: "tab" }, body(record)),
        ]);
      });
  },
};
