// @ts-check
// What the session printed: live, coloured, searched, and of any length. Only the lines that are seen are in the document.
import { computed, h, nextTick, onUnmounted, onUpdated, ref, shallowRef, triggerRef, watch } from "../vendor/vue.js";
import { sessionPath, problemText } from "../app/api.js";
import { isMine, isOver, toastProblem } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { texts } from "../app/texts.js";
import { visible } from "../app/format.js";
import { Log, shown } from "../app/log.js";
import { parts, runs } from "../app/ansi.js";
import { Finder, Rows, letterWidth, measure } from "../app/rows.js";
import { Choice, Empty, Icon, saveFile, useSize } from "../parts/basics.js";
import { Prompt } from "../parts/prompt.js";

const lineHeight = 19;
const encoder = new TextEncoder();
/** Left of a line is its mark, right of it some room: together so many pixels. */
const margins = 34;
/** What a search fetches at once when it goes on in what is not loaded. */
const searchBytes = 1 << 20;
/** How many lines may be shown around each that fits. */
const neighbours = ["0", "3", "10"];

export const Terminal = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const session = /** @type {import("../app/types.js").Session} */ (props.shared.session);
    const path = sessionPath(session.name);
    const log = shallowRef(new Log(path));
    const scroller = ref(/** @type {HTMLElement | null} */ (null));
    const size = useSize(scroller);
    const top = ref(0);
    const follow = ref(!route.query.at);
    const ready = ref(false);
    const problem = ref(/** @type {any} */ (null));
    const term = ref(route.query.search ?? "");
    const hit = ref(-1);
    /** Whether what a search looks for is being looked for in what was not loaded. */
    const seeking = ref(false);
    const wraps = ref(route.query.wrap === "true");
    const measures = ref(0);
    let busy = false;
    let isGone = false;
    let isHeard = false;
    /** The link to a line that was made here: it need not be gone to. */
    let ownLink = "";
    let lastTop = 0;

    const changed = () => {
      triggerRef(log);
      if (follow.value) nextTick(toEnd);
    };
    const toEnd = () => {
      const element = scroller.value;
      if (!element) return;
      element.scrollTop = element.scrollHeight;
      // Where the browser lets it be, which is less.
      lastTop = element.scrollTop;
    };
    watch(size, () => follow.value && nextTick(toEnd));
    /** @type {import("./session.js").Hearer} */
    const hearer = {
      from: () => log.value.to,
      isOver: () => log.value.isOver,
      take: (piece) => {
        if (!log.value.atEnd || piece.nextOffset <= log.value.to) return;
        // The log was opened anew while this was on its way.
        if (piece.offset !== log.value.to) return hear();
        keepPlace(log.value.append(encoder.encode(piece.text), piece.nextOffset));
        changed();
      },
      end: () => {
        log.value.isOver = true;
        triggerRef(log);
      },
    };
    /** While the newest lines are there what is printed is heard; else there would be a gap before it. */
    const hear = () => {
      if (isGone) return;
      isHeard = log.value.atEnd;
      props.shared.hear(isHeard ? hearer : null);
    };
    const begin = async (/** @type {() => Promise<void>} */ load) => {
      try {
        await load();
        [ready.value, problem.value] = [true, null];
        changed();
        hear();
      } catch (error) {
        if (ready.value) toastProblem(error);
        else problem.value = error;
      }
    };
    /**
     * Shows the line at a byte of the log; NaN: its end.
     * @param {number} at
     */
    const openLine = async (at) => {
      if (Number.isNaN(at)) return log.value.openAtEnd();
      follow.value = false;
      if (!(at >= log.value.from && at < log.value.to)) await log.value.openAt(at);
      triggerRef(log);
      await nextTick();
      show(log.value.lines.findIndex((line) => line.offset >= at));
    };
    const open = () => begin(() => openLine(Number(route.query.at ?? NaN)));
    open();
    onUnmounted(() => {
      isGone = true;
      props.shared.hear(null);
      seeking.value = false;
    });
    // It was resumed: there will be more.
    watch(
      () => props.shared.live && !isOver(/** @type {any} */ (props.shared.session)),
      (goesOn) => {
        if (!goesOn) return;
        log.value.isOver = false;
        triggerRef(log);
      },
    );
    // A link to another line of the same session, or another search.
    watch(() => route.query.at, (at) => {
      if (at && at !== ownLink) begin(() => openLine(Number(at)));
      ownLink = "";
    });
    watch(
      () => [route.query.search ?? "", route.query.wrap === "true"],
      ([search, isWrapped]) => {
        if (search !== term.value) [term.value, hit.value] = [search, -1];
        wraps.value = isWrapped;
      },
    );

    const scroll = async () => {
      const element = scroller.value;
      if (!element) return;
      top.value = element.scrollTop;
      const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
      // Whoever scrolls up wants to read; whoever comes back to the end wants to follow.
      if (element.scrollTop < lastTop - 2) follow.value = false;
      else if (isAtEnd && log.value.atEnd) follow.value = true;
      lastTop = element.scrollTop;
      if (busy) return;
      busy = true;
      try {
        if (element.scrollTop < 2000 && log.value.from > 0 && ready.value) {
          await earlier();
        } else if (isAtEnd && !log.value.atEnd) {
          await log.value.later();
          triggerRef(log);
          if (log.value.atEnd) hear();
        }
      } catch (error) {
        toastProblem(error);
      }
      busy = false;
    };
    const jump = async (/** @type {"start" | "end"} */ where) => {
      setQuery({ at: undefined });
      follow.value = where === "end";
      if (where === "end" && !log.value.atEnd) await begin(() => log.value.openAtEnd());
      if (where === "start" && log.value.from > 0) await begin(() => log.value.openAt(0));
      await nextTick();
      if (where === "end") toEnd();
      else if (scroller.value) scroller.value.scrollTop = 0;
    };

    /**
     * Lines have come before what one looks at, or gone there: what is in sight stays.
     * @param {number} gone how many have gone
     */
    const keepPlace = (gone) => {
      const element = scroller.value;
      if (!element || follow.value || !gone) return;
      const place = rows.value.at(element.scrollTop / lineHeight);
      const into = element.scrollTop - rows.value.top(place) * lineHeight;
      const line = rows.value.lines[rows.value.item(place).index];
      nextTick(() => {
        const index = log.value.lines.indexOf(line);
        element.scrollTop = rows.value.top(rows.value.placeOf(Math.max(0, index))) * lineHeight + into;
      });
    };
    const earlier = async (/** @type {number | undefined} */ bytes = undefined) => {
      const element = scroller.value;
      const from = element ? rows.value.top(rows.value.length) * lineHeight - element.scrollTop : 0;
      const added = await log.value.earlier(bytes);
      if (hit.value >= 0) hit.value += added;
      triggerRef(log);
      if (isHeard && !log.value.atEnd) hear();
      await nextTick();
      // From the end, which has not moved unless lines were forgotten there.
      if (element && log.value.atEnd) element.scrollTop = rows.value.top(rows.value.length) * lineHeight - from;
      else if (element) element.scrollTop += rows.value.top(rows.value.placeOf(added)) * lineHeight;
      return added;
    };
    /**
     * Brings a line into sight.
     * @param {number} index
     */
    const show = (index) => {
      const element = scroller.value;
      if (element && index >= 0) element.scrollTop = Math.max(0, rows.value.top(rows.value.placeOf(index)) * lineHeight - element.clientHeight / 3);
    };

    const pattern = computed(() => {
      if (!term.value) return null;
      try {
        return new RegExp(term.value, "i");
      } catch {
        return undefined;
      }
    });
    const finder = new Finder();
    const hits = computed(() => (pattern.value ? finder.find(log.value.lines, pattern.value) : []));
    /** How many lines are shown around those that fit; NaN: all are. */
    const around = computed(() => (pattern.value && neighbours.includes(route.query.around ?? "") ? Number(route.query.around) : NaN));
    const columns = computed(() => {
      const element = scroller.value;
      return wraps.value && element && size.value.width ? Math.max(10, Math.floor((size.value.width - margins) / letterWidth(element))) : 0;
    });
    const rows = computed(() => {
      void measures.value;
      return new Rows(log.value.lines, Number.isNaN(around.value) ? null : hits.value, around.value, columns.value);
    });
    // Letters that are not as wide as their font's digits: what the browser has made of a line counts.
    onUpdated(() => {
      if (!columns.value) return;
      let isNew = false;
      for (const element of scroller.value?.querySelectorAll(".l[data-index]") ?? []) {
        const line = log.value.lines[Number(/** @type {HTMLElement} */ (element).dataset.index)];
        if (line && measure(line, columns.value, Math.round(element.clientHeight / lineHeight))) isNew = true;
      }
      if (isNew) measures.value += 1;
    });

    /** Looks on in what was before, until something is found. */
    const seekEarlier = async () => {
      seeking.value = true;
      try {
        while (seeking.value && log.value.from > 0 && pattern.value) {
          const added = await earlier(searchBytes);
          const before = hits.value.filter((index) => index < added);
          if (before.length) return before[before.length - 1];
        }
      } catch (error) {
        toastProblem(error);
      } finally {
        seeking.value = false;
      }
      return undefined;
    };
    const seek = async (/** @type {number} */ by) => {
      if (!scroller.value || !pattern.value || seeking.value) return;
      follow.value = false;
      const from = hit.value >= 0 ? hit.value : by > 0 ? rows.value.item(rows.value.at(top.value / lineHeight)).index - 1 : Infinity;
      const list = hits.value;
      const next = by > 0 ? list.find((index) => index > from) : list.findLast((index) => index < from);
      const found = next ?? (by < 0 ? await seekEarlier() : undefined) ?? (by > 0 ? hits.value[0] : hits.value[hits.value.length - 1]);
      if (found === undefined) return;
      hit.value = found;
      show(found);
    };
    const searchKeys = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") seeking.value = false;
      if (event.key !== "Enter") return;
      event.preventDefault();
      seek(event.shiftKey ? -1 : 1);
    };

    /**
     * A run of one look, with what was searched for marked.
     * @param {import("../app/ansi.js").Run} run
     */
    const marked = (run) => {
      if (!pattern.value) return run.style ? h("span", { class: run.style }, run.text) : run.text;
      return h("span", { class: run.style || null }, parts(run.text, pattern.value).map((part, index) => (index % 2 ? h("mark", part) : part)));
    };
    /** From the link to a line to that of the one above or below. */
    const walk = (/** @type {KeyboardEvent} */ event) => {
      const row = /** @type {HTMLElement} */ (event.currentTarget).parentElement;
      const next = (event.key === "ArrowUp" ? row?.previousElementSibling : event.key === "ArrowDown" ? row?.nextElementSibling : null)?.querySelector("a");
      if (!next) return;
      event.preventDefault();
      next.focus();
    };
    const mayAsk = () => {
      const now = props.shared.session;
      return isMine(session) && (now?.state === "running" || (now?.state === "paused" && Boolean(now.placement)));
    };
    const wrap = async () => {
      const place = rows.value.at(top.value / lineHeight);
      const { index } = rows.value.item(place);
      wraps.value = !wraps.value;
      setQuery({ wrap: wraps.value ? "true" : undefined });
      await nextTick();
      if (follow.value) toEnd();
      else if (scroller.value) scroller.value.scrollTop = rows.value.top(rows.value.placeOf(index)) * lineHeight;
    };
    const tools = () =>
      h("div", { class: "bar" }, [
        h("input", {
          type: "search",
          class: "grow",
          placeholder: texts.terminal.search,
          "aria-label": texts.terminal.search,
          "aria-invalid": pattern.value === undefined ? "true" : null,
          spellcheck: false,
          value: term.value,
          onKeydown: searchKeys,
          onInput: (/** @type {any} */ event) => {
            term.value = event.target.value;
            hit.value = -1;
            seeking.value = false;
            setQuery({ search: term.value });
          },
        }),
        term.value
          ? [
              h("span", { class: "muted number", role: "status" }, pattern.value === undefined ? texts.terminal.badSearch : seeking.value ? texts.terminal.seeking(Math.round((1 - log.value.from / log.value.to) * 100)) : texts.terminal.found(hits.value.indexOf(hit.value) + 1, hits.value.length, log.value.from > 0)),
              h("button", { type: "button", onClick: () => seek(-1) }, texts.terminal.previous),
              h("button", { type: "button", onClick: () => seek(1) }, texts.terminal.next),
              h(Choice, {
                label: texts.terminal.around,
                value: Number.isNaN(around.value) ? "all" : String(around.value),
                options: [["all", texts.terminal.all], ...neighbours.map((count) => [count, texts.terminal.neighbours(Number(count))])],
                onChoose: (/** @type {string} */ value) => {
                  setQuery({ around: value === "all" ? undefined : value });
                  nextTick(() => (follow.value ? toEnd() : show(hit.value)));
                },
              }),
            ]
          : null,
        h("button", { type: "button", "aria-pressed": String(wraps.value), onClick: wrap }, texts.terminal.wrap),
        h("button", { type: "button", onClick: () => jump("start") }, texts.terminal.start),
        h("button", { type: "button", "aria-pressed": String(follow.value), onClick: () => jump("end") }, [
          h("i", { class: ["dot", props.shared.live ? "running" : "finished"], "aria-hidden": "true" }),
          log.value.isOver ? texts.terminal.end : texts.terminal.follow,
        ]),
        h("a", { class: "button", href: `${path}/output?offset=0&limit=1048576`, onClick: download, download: "" }, [h(Icon, { name: "download" }), texts.terminal.download]),
      ]);
    const download = async (/** @type {Event} */ event) => {
      event.preventDefault();
      try {
        saveFile(new Blob(await new Log(path).whole(), { type: "text/plain" }), `${session.name.replaceAll("/", "-")}.log`);
      } catch (error) {
        toastProblem(error);
      }
    };

    return () => {
      const lines = log.value.lines;
      const all = rows.value;
      const first = Math.max(0, all.at(top.value / lineHeight) - 20);
      const last = Math.min(all.length, all.at((top.value + (size.value.height || 800)) / lineHeight) + 21);
      const linked = Number(route.query.at ?? NaN);
      const reached = all.at(top.value / lineHeight);
      const hitPlace = hit.value < 0 ? -1 : all.placeOf(hit.value);
      // One of the links to lines can be tabbed to, that of what was found or of the first line in sight; arrows lead to the others.
      const way = hitPlace >= first && hitPlace < last ? hitPlace : reached;
      const line = (/** @type {number} */ place) => {
        const { index, gap } = all.item(place);
        const style = { top: `${all.top(place) * lineHeight}px` };
        if (gap) return h("div", { key: `gap ${place}`, class: "l gap", style }, texts.terminal.gap(gap));
        const line = lines[index];
        return h("div", { key: line.offset, "data-index": index, class: ["l", index === hit.value ? "hit" : "", line.offset === linked ? "linked" : ""], style }, [
          h("a", {
            class: "mark",
            href: `#/sessions/${session.name}/terminal?at=${line.offset}`,
            tabindex: place === way ? 0 : -1,
            "aria-label": texts.terminal.link,
            onKeydown: walk,
            onClick: (/** @type {Event} */ event) => {
              event.preventDefault();
              follow.value = false;
              ownLink = String(line.offset);
              setQuery({ at: ownLink });
            },
          }),
          h("span", { class: "t", dir: "ltr" }, runs(shown(line)).map(marked)),
        ]);
      };
      return h("div", { class: "terminal" }, [
        tools(),
        problem.value ? h("div", { class: "empty", role: "alert" }, [h("p", visible(problemText(problem.value))), h("button", { type: "button", onClick: open }, texts.retry)]) : null,
        ready.value && !lines.length ? h(Empty, { text: texts.terminal.empty }) : null,
        h("div", { class: ["log", columns.value ? "wraps" : ""], ref: scroller, onScroll: scroll, tabindex: 0, role: "log", "aria-live": "off", "aria-label": texts.terminal.label, hidden: problem.value || (ready.value && !lines.length) }, [
          h("div", { class: "lines", style: { height: `${all.top(all.length) * lineHeight}px` } }, Array.from({ length: Math.max(0, last - first) }, (_, index) => line(first + index))),
        ]),
        mayAsk() ? h(Prompt, { name: session.name }) : null,
      ]);
    };
  },
};
