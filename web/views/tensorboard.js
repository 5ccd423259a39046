// @ts-check
// The way to a TensorBoard: waits for it, and goes there.
import { h, onUnmounted, ref } from "../vendor/vue.js";
import { json, sessionPath } from "../app/api.js";
import { isOver } from "../app/store.js";
import { sessionAddress } from "../app/router.js";
import { texts } from "../app/texts.js";
import { visible } from "../app/format.js";
import { Command, Ready, State } from "../parts/basics.js";

const text = texts.tensorBoard;

export const TensorBoard = {
  props: ["sessions"],
  setup(/** @type {{ sessions: string[] }} */ props) {
    /** The session that it runs in. */
    const session = ref(/** @type {import("../app/types.js").Session | null} */ (null));
    const problem = ref(/** @type {any} */ (null));
    let isGone = false;
    onUnmounted(() => (isGone = true));

    const open = async () => {
      problem.value = session.value = null;
      try {
        const ask = () => json("/v1/tensorboards", { method: "POST", json: { sessions: props.sessions } });
        let board = await ask();
        session.value = await json(sessionPath(board.session));
        while (!isGone && !board.isReady && !isOver(session.value)) {
          const now = session.value;
          if (now?.state === "paused") board = await ask();
          else session.value = await json(sessionPath(board.session), { query: [["afterEvent", String(now?.eventNumber)], ["waitSeconds", "20"]] });
        }
        // In place of this: going back leads to where one came from.
        if (!isGone && board.isReady) location.replace(board.path);
      } catch (error) {
        problem.value = error;
      }
    };
    open();

    return () =>
      h("section", { class: "view" }, [
        h("header", { class: "head" }, [
          h("div", { class: "title" }, [h("h1", text.title), session.value ? h(State, { session: session.value }) : null]),
          h("p", { class: "muted line" }, props.sessions.map((name) => h("a", { key: name, href: sessionAddress(name) }, name))),
        ]),
        h(Ready, { problem: problem.value, ready: session.value !== null }, () => {
          const own = /** @type {import("../app/types.js").Session} */ (session.value);
          return h("div", { class: "empty", role: "status" }, [
            h("p", isOver(session.value) ? text.failed : text.starts),
            own.reason ? h("p", { class: "muted" }, visible(own.reason)) : null,
            h("p", [text.session, " ", h("a", { href: sessionAddress(own.name) }, own.name)]),
            isOver(session.value) ? h("button", { type: "button", onClick: open }, text.again) : null,
            h(Command, { line: `nsml tensorboard ${props.sessions.join(" ")}` }),
          ]);
        }),
      ]);
  },
};
