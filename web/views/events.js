// @ts-check
// What happened to a session: when, by whom and why.
import { h, watch } from "../vendor/vue.js";
import { all, sessionPath } from "../app/api.js";
import { texts } from "../app/texts.js";
import { moment, visible } from "../app/format.js";
import { Empty, Ready, useLoaded } from "../parts/basics.js";

export const Events = {
  props: ["shared"],
  setup(/** @type {{ shared: import("./session.js").Shared }} */ props) {
    const { value, problem, refresh } = useLoaded(
      () => props.shared.session?.name,
      (name) => all(`${sessionPath(name)}/events`, [["limit", "1000"]]),
    );
    watch(() => props.shared.session?.eventNumber, refresh);
    return () =>
      h(Ready, { problem: problem.value, ready: value.value !== null }, () =>
        value.value.length
          ? h("div", { class: "scroller" }, [
              h("table", { class: "data" }, [
                h("thead", h("tr", [texts.events.time, texts.events.event, texts.events.detail, texts.events.actor].map((text) => h("th", { key: text, scope: "col" }, text)))),
                h("tbody", [...value.value].reverse().map((item) =>
                  h("tr", { key: item.number }, [
                    h("td", { class: "muted moment nowrap" }, moment(item.time)),
                    h("td", { class: "nowrap" }, visible(item.event)),
                    h("td", { class: "wide" }, visible(item.detail)),
                    h("td", { class: "muted nowrap" }, visible(item.actor)),
                  ]),
                )),
              ]),
            ])
          : h(Empty, { text: texts.events.empty }),
      );
  },
};
