// @ts-check
// What the session printed: live, coloured, searched, and of any length. Only the lines that are seen are in the document.
import { computed, h, nextTick, onUnmounted, ref, shallowRef, triggerRef, watch } from "../vendor/vue.js";
import { listen, sessionPath } from "../app/api.js";
import { store, toastProblem } from "../app/store.js";
import { route, setQuery } from "../app/router.js";
import { texts } from "../app/texts.js";
import { Log, shown } from "../app/log.js";
import { plain, runs } from "../app/ansi.js";
import { Empty, Icon, useSize } from "../parts/basics.js";
import { Prompt } from "../parts/prompt.js";

const lineHeight = 19;
const encoder = new TextEncoder();

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
    const live = ref(false);
    const term = ref(route.query.search ?? "");
    const hit = ref(-1);
    let busy = false;
    let stop = () => {};
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
    const listenOn = () => {
      stop();
      if (log.value.isOver) return;
      stop = listen(
        () => `${path}/live?output=${log.value.to}`,
        {
          output: (/** @type {{ offset: number, nextOffset: number, text: string }} */ piece) => {
            if (!log.value.atEnd || piece.nextOffset <= log.value.to) return;
            if (piece.offset !== log.value.to) return;
            const forgotten = log.value.append(encoder.encode(piece.text), piece.nextOffset);
            if (forgotten && scroller.value && !follow.value) scroller.value.scrollTop -= forgotten * lineHeight;
            changed();
          },
          end: () => {
            log.value.isOver = true;
            live.value = false;
            stop();
            triggerRef(log);
          },
        },
        (connected) => (live.value = connected),
      );
    };
    const begin = async (/** @type {() => Promise<void>} */ load) => {
      try {
        await load();
        ready.value = true;
        changed();
        listenOn();
      } catch (error) {
        ready.value = true;
        toastProblem(error);
      }
    };
    const at = Number(route.query.at ?? NaN);
    begin(async () => {
      if (Number.isNaN(at)) return log.value.openAtEnd();
      await log.value.openAt(at);
      await nextTick();
      await nextTick();
      const index = log.value.lines.findIndex((line) => line.offset >= at);
      if (scroller.value) scroller.value.scrollTop = Math.max(0, index * lineHeight - 120);
    });
    onUnmounted(() => stop());
    // It was resumed: there will be more.
    watch(
      () => props.shared.session?.state,
      () => {
        if (log.value.isOver && props.shared.live) {
          log.value.isOver = false;
          listenOn();
        }
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
          const added = await log.value.earlier();
          triggerRef(log);
          await nextTick();
          element.scrollTop += added * lineHeight;
        } else if (isAtEnd && !log.value.atEnd) {
          await log.value.later();
          triggerRef(log);
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

    const pattern = computed(() => {
      if (!term.value) return null;
      try {
        return new RegExp(term.value, "i");
      } catch {
        return undefined;
      }
    });
    const hits = computed(() => {
      const expression = pattern.value;
      if (!expression) return [];
      const found = [];
      const lines = log.value.lines;
      for (let index = 0; index < lines.length; index += 1) if (expression.test(plain(shown(lines[index])))) found.push(index);
      return found;
    });
    const seek = (/** @type {number} */ by) => {
      const list = hits.value;
      if (!list.length || !scroller.value) return;
      const from = hit.value >= 0 ? hit.value : by > 0 ? Math.floor(top.value / lineHeight) - 1 : Infinity;
      hit.value = by > 0 ? (list.find((index) => index > from) ?? list[0]) : (list.findLast((index) => index < from) ?? list[list.length - 1]);
      follow.value = false;
      scroller.value.scrollTop = Math.max(0, hit.value * lineHeight - scroller.value.clientHeight / 2);
    };
    const searchKeys = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      seek(event.shiftKey ? -1 : 1);
    };

    /** A run of one look, with what was searched for marked. @param {import("../app/ansi.js").Run} run */
    const marked = (run) => {
      const expression = pattern.value;
      if (!expression) return run.style ? h("span", { class: run.style }, run.text) : run.text;
      const parts = [];
      let from = 0;
      for (const match of run.text.matchAll(new RegExp(expression.source, "gi"))) {
        if (!match[0] || parts.length > 200) break;
        parts.push(run.text.slice(from, match.index), h("mark", match[0]));
        from = match.index + match[0].length;
      }
      return h("span", { class: run.style || null }, [...parts, run.text.slice(from)]);
    };

    const mayAsk = () => {
      const now = props.shared.session;
      const isMine = store.identity?.role === "admin" || session.name.startsWith(`${store.identity?.user}/`);
      return isMine && (now?.state === "running" || (now?.state === "paused" && Boolean(now.placement)));
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
            setQuery({ search: term.value });
          },
        }),
        term.value
          ? [
              h("span", { class: "muted number", role: "status" }, pattern.value === undefined ? texts.terminal.badSearch : texts.terminal.found(hits.value.indexOf(hit.value) + 1, hits.value.length)),
              h("button", { type: "button", onClick: () => seek(-1) }, texts.terminal.previous),
              h("button", { type: "button", onClick: () => seek(1) }, texts.terminal.next),
            ]
          : null,
        h("button", { type: "button", onClick: () => jump("start") }, texts.terminal.start),
        h("button", { type: "button", "aria-pressed": String(follow.value), onClick: () => jump("end") }, [
          h("i", { class: ["dot", live.value ? "running" : "finished"], "aria-hidden": "true" }),
          log.value.isOver ? texts.terminal.end : texts.terminal.follow,
        ]),
        h("a", { class: "button", href: `${path}/output?offset=0&limit=1048576`, onClick: download, download: "" }, [h(Icon, { name: "download" }), texts.terminal.download]),
      ]);
    /** The whole of it, piece by piece: one answer carries at most a mebibyte. @param {Event} event */
    const download = async (event) => {
      event.preventDefault();
      try {
        const whole = new Log(path);
        const pieces = [];
        for (let offset = 0; ; ) {
          const piece = await whole.fetch([["offset", String(offset)]]);
          if (!piece.bytes.length) break;
          pieces.push(piece.bytes);
          offset = piece.next;
        }
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob(pieces, { type: "text/plain" }));
        link.download = `${session.name.replaceAll("/", "-")}.log`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      } catch (error) {
        toastProblem(error);
      }
    };

    return () => {
      const lines = log.value.lines;
      const first = Math.max(0, Math.floor(top.value / lineHeight) - 20);
      const last = Math.min(lines.length, Math.ceil((top.value + (size.value.height || 800)) / lineHeight) + 20);
      const linked = Number(route.query.at ?? NaN);
      return h("div", { class: "terminal" }, [
        tools(),
        ready.value && !lines.length ? h(Empty, { text: texts.terminal.empty }) : null,
        h("div", { class: "log", ref: scroller, onScroll: scroll, tabindex: 0, role: "log", "aria-live": "off", "aria-label": texts.terminal.label, hidden: ready.value && !lines.length }, [
          h("div", { class: "lines", style: { height: `${lines.length * lineHeight}px` } }, [
            lines.slice(first, last).map((line, offset) =>
              h("div", { key: line.offset, class: ["l", first + offset === hit.value ? "hit" : "", line.offset === linked ? "linked" : ""], style: { top: `${(first + offset) * lineHeight}px` } }, [
                h("a", { class: "mark", href: `#/sessions/${session.name}/terminal?at=${line.offset}`, tabindex: -1, "aria-hidden": "true", onClick: (/** @type {Event} */ event) => {
                  event.preventDefault();
                  setQuery({ at: String(line.offset) });
                } }),
                h("span", { class: "t", dir: "ltr" }, runs(shown(line)).map(marked)),
              ]),
            ),
          ]),
        ]),
        mayAsk() ? h(Prompt, { name: session.name }) : null,
      ]);
    };
  },
};
