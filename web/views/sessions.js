// @ts-check
// The first page: all sessions as a table. Rows are fetched as they are seen.
import { h, nextTick, onMounted, onUnmounted, ref, shallowRef, watch, computed } from "../vendor/vue.js";
import { alone, json, problemText } from "../app/api.js";
import { store, askMemo, askRemove, askStop, toastProblem } from "../app/store.js";
import { address, go, route, setQuery } from "../app/router.js";
import { quote } from "../app/format.js";
import { texts } from "../app/texts.js";
import { Choice, Command, Empty, useSize } from "../parts/basics.js";
import { ColumnPicker, columnsOf, defaultColumns, joined, parted } from "../parts/columns.js";

/** @typedef {import("../app/types.js").Session} Session */

const rowHeight = 34;
const pageSize = 200;
/** The platform gives no more at once. */
const pageLimit = 1000;

export const Sessions = {
  setup() {
    const rows = shallowRef(/** @type {Session[]} */ ([]));
    const next = ref(/** @type {string | undefined} */ (undefined));
    const ready = ref(false);
    const problem = ref("");
    const selected = shallowRef(/** @type {Set<string>} */ (new Set()));
    const scroller = ref(/** @type {HTMLElement | null} */ (null));
    const top = ref(0);
    const size = useSize(scroller);
    const draft = ref(route.query.filter ?? "");
    let lastChosen = "";
    let turn = 0;
    let busy = false;

    const query = computed(() => {
      /** @type {[string, string][]} */
      const items = [];
      if (route.query.filter) items.push(["where", route.query.filter]);
      if (route.query.open !== "true") items.push(["all", "true"]);
      if (route.query.mine === "true" && store.identity) items.push(["user", store.identity.user]);
      if (route.query.sort) {
        const [name, order] = route.query.sort.split(/:(?=[^:]*$)/);
        items.push(["metric", name], ["order", order ?? "descending"]);
      }
      return items;
    });
    /** The line that lists the same. */
    const line = computed(() => {
      const { filter, open, mine, sort } = route.query;
      const words = ["nsml ps", open !== "true" ? "-a" : "", mine !== "true" && !/(^| )user:/.test(filter ?? "") ? "--everyone" : ""];
      if (filter) words.push(`--where ${quote(filter)}`);
      if (sort) words.push(`--sort ${quote(sort.replace(/:descending$/, ""))}`);
      return words.filter(Boolean).join(" ");
    });

    /** Fetches pages until `wanted` rows are there. */
    const more = async (/** @type {number} */ wanted) => {
      if (busy || !next.value) return;
      busy = true;
      const mine = turn;
      try {
        while (next.value && rows.value.length < wanted) {
          /** @type {{ items: import("../app/types.js").Session[], next?: string }} */
          const page = await json("/v1/sessions", { query: [...query.value, ["limit", String(pageSize)], ["after", next.value]] });
          if (mine !== turn) return;
          const known = new Set(rows.value.map((row) => row.name));
          rows.value = [...rows.value, ...page.items.filter((row) => !known.has(row.name))];
          next.value = page.next;
        }
      } catch (error) {
        toastProblem(error);
      } finally {
        busy = false;
      }
    };

    const load = async () => {
      const mine = (turn += 1);
      busy = false;
      try {
        const page = await json("/v1/sessions", { query: [...query.value, ["limit", String(pageSize)]] });
        if (mine !== turn) return;
        [rows.value, next.value, problem.value] = [page.items, page.next, ""];
        scroller.value?.scrollTo(0, 0);
      } catch (error) {
        if (mine !== turn) return;
        [rows.value, next.value, problem.value] = [[], undefined, problemText(error)];
      }
      ready.value = true;
    };
    /** Looks again at as many as there are. What is further down than one answer reaches is kept as it was seen. */
    const refresh = alone(async () => {
      const mine = turn;
      const count = Math.min(pageLimit, Math.max(pageSize, rows.value.length));
      try {
        /** @type {{ items: Session[], next?: string }} */
        const page = await json("/v1/sessions", { query: [...query.value, ["limit", String(count)]] });
        if (mine !== turn) return;
        const old = rows.value;
        const fresh = new Set(page.items.map((row) => row.name));
        // Beyond it is what followed its last row; where it reaches further than what was known, nothing is.
        const end = old.length > count ? old.findLastIndex((row) => fresh.has(row.name)) : old.findIndex((row) => row.name === page.items.at(-1)?.name);
        const beyond = page.next === undefined || end < 0 ? [] : old.slice(end + 1).filter((row) => !fresh.has(row.name));
        put([...page.items, ...beyond]);
        // What has gone from the table is not selected unseen.
        const now = new Set(rows.value.map((row) => row.name));
        const kept = [...selected.value].filter((name) => now.has(name) || !old.some((row) => row.name === name));
        if (kept.length < selected.value.size) selected.value = new Set(kept);
        if (!beyond.length) next.value = page.next;
        [problem.value, ready.value] = ["", true];
      } catch {
        // What is known stays; the next change asks again.
      }
    });
    /**
     * Other rows, under which the one that is seen on top stays where it is.
     * @param {Session[]} list
     */
    const put = (list) => {
      const place = Math.floor(top.value / rowHeight);
      const seen = top.value > 0 ? rows.value[place]?.name : undefined;
      const moved = seen === undefined ? -1 : list.findIndex((row) => row.name === seen);
      rows.value = list;
      // In a sorted table a row goes where its number belongs, and the eye stays.
      if (moved < 0 || moved === place || route.query.sort) return;
      const by = (moved - place) * rowHeight;
      top.value += by;
      nextTick(() => scroller.value?.scrollBy(0, by));
    };
    // Who selects some may want to see them beside each other: what draws that is on its way by then.
    watch(() => selected.value.size > 0, (some) => some && import("./compare.js").catch(() => {}));
    watch(() => JSON.stringify(query.value), () => load(), { immediate: true });
    watch(() => store.changes, refresh);
    watch(() => route.query.filter ?? "", (text) => text !== draft.value && (draft.value = text));

    let typing = 0;
    onUnmounted(() => clearTimeout(typing));
    const type = (/** @type {any} */ event) => {
      draft.value = event.target.value;
      clearTimeout(typing);
      typing = setTimeout(() => setQuery({ filter: draft.value }), 250);
    };
    const scroll = () => {
      top.value = scroller.value?.scrollTop ?? 0;
      const last = Math.ceil((top.value + size.value.height) / rowHeight);
      if (last > rows.value.length - 50) more(rows.value.length + pageSize);
    };

    const choose = (/** @type {number} */ index, /** @type {boolean} */ on, /** @type {boolean} */ range) => {
      const chosen = new Set(selected.value);
      // By name: where it stands changes when another one comes.
      const last = range ? rows.value.findIndex((row) => row.name === lastChosen) : -1;
      const [from, to] = last < 0 ? [index, index] : [Math.min(last, index), Math.max(last, index)];
      for (const row of rows.value.slice(from, to + 1)) on ? chosen.add(row.name) : chosen.delete(row.name);
      lastChosen = rows.value[index].name;
      selected.value = chosen;
    };
    const keys = (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
      if (!step || !(event.target instanceof HTMLElement)) return;
      const at = Number(event.target.closest("tr")?.getAttribute("data-index") ?? NaN);
      if (Number.isNaN(at)) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(rows.value.length - 1, at + step));
      const element = scroller.value;
      if (!element) return;
      if ((to + 2) * rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = (to + 3) * rowHeight - element.clientHeight;
      if (to * rowHeight < element.scrollTop) element.scrollTop = to * rowHeight;
      requestAnimationFrame(() => requestAnimationFrame(() => /** @type {HTMLElement | null} */ (element.querySelector(`tr[data-index="${to}"] a`))?.focus()));
    };

    const value = () => (["minimum", "maximum"].includes(route.query.value) ? route.query.value : "last");
    const available = computed(() => columnsOf(rows.value, value()));
    const columns = computed(() => {
      const wanted = (route.query.columns && parted(route.query.columns)) || defaultColumns(available.value);
      return wanted.map((id) => available.value.find((column) => column.id === id)).flatMap((column) => column ?? []);
    });

    const bar = () => {
      const names = [...selected.value];
      const one = rows.value.find((row) => row.name === names[0]);
      return h("div", { class: "bar selection" }, [
        h("strong", { class: "number" }, texts.sessions.chosen(names.length)),
        h("button", { type: "button", disabled: names.length < 2, onClick: () => go(address(["compare"], { sessions: names.join(",") })) }, texts.sessions.compare),
        h("button", { type: "button", onClick: () => askMemo(names, names.length === 1 ? (one?.memo ?? "") : "") }, texts.sessions.memo),
        h("button", { type: "button", onClick: () => askStop(names) }, texts.sessions.stop),
        h("button", { type: "button", class: "danger-quiet", onClick: () => askRemove(names, () => (selected.value = new Set())) }, texts.sessions.remove),
        h("button", { type: "button", class: "quiet", onClick: () => (selected.value = new Set()) }, texts.sessions.clear),
      ]);
    };
    const tools = () =>
      h("div", { class: "bar" }, [
        h("input", {
          type: "search",
          class: "grow",
          placeholder: texts.sessions.filterHint,
          "aria-label": texts.sessions.filter,
          "aria-invalid": problem.value ? "true" : null,
          spellcheck: false,
          value: draft.value,
          onInput: type,
        }),
        h(Choice, {
          label: texts.sessions.title,
          value: route.query.open === "true" ? "open" : "all",
          options: [["all", texts.sessions.all], ["open", texts.sessions.open]],
          onChoose: (/** @type {string} */ value) => setQuery({ open: value === "open" ? "true" : undefined }),
        }),
        h(Choice, {
          label: texts.sessions.values.label,
          value: value(),
          options: [["last", texts.sessions.values.last], ["minimum", texts.sessions.values.minimum], ["maximum", texts.sessions.values.maximum]],
          onChoose: (/** @type {string} */ next) => setQuery({ value: next === "last" ? undefined : next }),
        }),
        h("label", { class: "check" }, [
          h("input", { type: "checkbox", checked: route.query.mine === "true", onChange: (/** @type {any} */ event) => setQuery({ mine: event.target.checked ? "true" : undefined }) }),
          texts.sessions.mine,
        ]),
        h(ColumnPicker, { available: available.value, chosen: columns.value.map((column) => column.id), onChange: (/** @type {string[]} */ ids) => setQuery({ columns: joined(ids) }) }),
      ]);

    const headCell = (/** @type {any} */ column) => {
      const [name, order] = (route.query.sort ?? "").split(/:(?=[^:]*$)/);
      const isSorted = column.metric !== undefined && column.metric === name;
      const following = !isSorted ? `${column.metric}:descending` : order === "descending" ? `${column.metric}:ascending` : undefined;
      return h("th", { key: column.id, scope: "col", class: { number: column.isNumber }, title: column.label, "aria-sort": isSorted ? order : null }, [
        column.metric !== undefined
          ? h("button", { type: "button", class: "quiet", title: texts.sessions.sortBy(column.label), onClick: () => setQuery({ sort: following }) }, [
              h("span", { class: "cut" }, column.label),
              isSorted ? h("span", { "aria-hidden": "true" }, order === "ascending" ? " ↑" : " ↓") : null,
            ])
          : column.isCourse
            ? h("span", { class: "hidden" }, `${texts.sessions.groups.courses}: ${column.label}`)
            : column.label,
      ]);
    };

    onMounted(scroll);
    return () => {
      const first = Math.max(0, Math.floor(top.value / rowHeight) - 10);
      const last = Math.min(rows.value.length, Math.ceil((top.value + (size.value.height || 800)) / rowHeight) + 10);
      const all = rows.value.length > 0 && rows.value.every((row) => selected.value.has(row.name));
      return h("section", { class: "view table-view" }, [
        h("h1", { class: "hidden" }, texts.sessions.title),
        tools(),
        selected.value.size ? bar() : null,
        problem.value ? h("p", { class: "problem", role: "alert" }, problem.value) : null,
        ready.value && !rows.value.length && !problem.value
          ? h(Empty, { text: route.query.filter || route.query.open === "true" || route.query.mine === "true" ? texts.sessions.emptyFilter : texts.sessions.empty, line: texts.sessions.emptyLine })
          : null,
        h("div", { class: "scroller", ref: scroller, onScroll: scroll, onKeydown: keys, hidden: ready.value && !rows.value.length }, [
          h("table", { class: "data sessions", "aria-rowcount": next.value ? -1 : rows.value.length + 1 }, [
            h("colgroup", [h("col", { class: "w-check" }), columns.value.map((column) => h("col", { key: column.id, class: column.width }))]),
            h("thead", [
              h("tr", [
                h("th", { class: "pick-cell" }, [
                  h("input", {
                    type: "checkbox",
                    "aria-label": texts.sessions.selectAll,
                    checked: all,
                    onChange: (/** @type {any} */ event) => (selected.value = event.target.checked ? new Set(rows.value.map((row) => row.name)) : new Set()),
                  }),
                ]),
                columns.value.map(headCell),
              ]),
            ]),
            h("tbody", [
              first ? h("tr", { key: "before", "aria-hidden": "true" }, h("td", { colspan: columns.value.length + 1, style: { height: `${first * rowHeight}px`, padding: 0 } })) : null,
              rows.value.slice(first, last).map((row, offset) =>
                h("tr", { key: row.name, "data-index": first + offset, "aria-rowindex": first + offset + 2, class: { chosen: selected.value.has(row.name) } }, [
                  h("td", { class: "pick-cell" }, [
                    h("input", {
                      type: "checkbox",
                      "aria-label": texts.sessions.select(row.name),
                      checked: selected.value.has(row.name),
                      onClick: (/** @type {any} */ event) => choose(first + offset, event.target.checked, event.shiftKey),
                    }),
                  ]),
                  columns.value.map((column) => h("td", { key: column.id, class: { number: column.isNumber } }, column.cell(row))),
                ]),
              ),
              last < rows.value.length
                ? h("tr", { key: "after", "aria-hidden": "true" }, h("td", { colspan: columns.value.length + 1, style: { height: `${(rows.value.length - last) * rowHeight}px`, padding: 0 } }))
                : null,
            ]),
          ]),
        ]),
        h("footer", { class: "foot muted number" }, [
          texts.sessions.loaded(rows.value.length, Boolean(next.value)),
          h(Command, { line: line.value }),
        ]),
      ]);
    };
  },
};
