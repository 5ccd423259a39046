// @ts-check
// All about a session on one page, beginning with the line that runs it again.
import { h } from "../vendor/vue.js";
import { commandOf } from "../app/command.js";
import { texts } from "../app/texts.js";
import { argumentList, moment, number, size, visible } from "../app/format.js";
import { address, sessionAddress } from "../app/router.js";
import { json, sessionPath } from "../app/api.js";
import { Command, Ready, State, useLoaded } from "../parts/basics.js";

/** @param {[string, any][]} pairs */
const list = (pairs) => h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== "").map(([key, value]) => h("div", { key }, [h("dt", key), h("dd", value)])));

/** Ancestors above, descendants below, each behind what it was made from. */
const FamilyTree = {
  props: ["name"],
  setup(/** @type {{ name: string }} */ props) {
    const { value, problem } = useLoaded(() => props.name, (name) => json(`${sessionPath(name)}/family`));
    const member = (/** @type {any} */ one, /** @type {number} */ depth) =>
      h("li", { key: one.session, class: { self: one.session === props.name }, style: { paddingLeft: `${depth * 20}px` } }, [
        depth ? h("span", { class: "branch", "aria-hidden": "true" }, "└") : null,
        one.session === props.name ? h("strong", one.session) : one.state ? h("a", { href: sessionAddress(one.session) }, one.session) : h("span", { class: "muted" }, one.session),
        one.checkpoint ? h("span", { class: "muted" }, texts.overview.from(visible(one.checkpoint))) : null,
        one.state ? h(State, { session: one }) : one.session === props.name ? null : h("span", { class: "muted" }, texts.overview.goneMember),
        one.memo ? h("span", { class: "muted cut" }, visible(one.memo)) : null,
      ]);
    const members = (/** @type {any} */ { ancestors, descendants }) => {
      const depths = new Map([[props.name, ancestors.length]]);
      return [
        ancestors.map((/** @type {any} */ one, /** @type {number} */ depth) => member(one, depth)),
        member({ session: props.name }, ancestors.length),
        descendants.map((/** @type {any} */ one) => {
          const depth = (depths.get(one.origin) ?? ancestors.length) + 1;
          depths.set(one.session, depth);
          return member(one, Math.min(depth, 12));
        }),
      ];
    };
    return () =>
      h(Ready, { problem: problem.value, ready: value.value !== null }, () =>
        value.value.ancestors.length + value.value.descendants.length
          ? [h("ul", { class: "family" }, members(value.value)), value.value.isCut ? h("p", { class: "muted note" }, texts.overview.cut) : null]
          : h("p", { class: "muted" }, texts.overview.noFamily),
      );
  },
};

/** @param {{ shared: import("./session.js").Shared }} props */
export function Overview({ shared }) {
  const session = /** @type {import("../app/types.js").Session} */ (shared.session);
  const asked = session.resources;
  const parent = session.parent ? (typeof session.parent === "string" ? session.parent : "") : "";
  const given = argumentList(session.arguments);
  return h("div", { class: "overview" }, [
    h("section", { class: "wide" }, [h("h2", texts.overview.command), h(Command, { line: commandOf(session) })]),
    h("section", [
      h("h2", texts.overview.facts),
      list([
        [texts.overview.created, moment(session.createdAt)],
        [texts.overview.started, moment(session.startedAt)],
        [texts.overview.finished, moment(session.finishedAt)],
        [texts.overview.exit, session.exitCode],
        [texts.overview.resources, `${asked.gpus} GPU, ${texts.resources.cpus(asked.cpus)}, ${size(asked.memoryBytes)}`],
        [texts.overview.place, session.placement ? [session.placement.node, session.placement.devices.length ? `, ${texts.overview.device(session.placement.devices.join(", "))}` : ""].join("") : undefined],
        [texts.overview.priority, session.priority || undefined],
        [texts.overview.parent, parent ? h("a", { href: sessionAddress(parent.split("/").slice(0, 3).join("/")) }, parent) : undefined],
        [texts.overview.canResume, session.canResume ? texts.overview.yes : texts.overview.no],
        [texts.overview.environment, session.environment ? h("code", session.environment.slice(0, 16)) : texts.overview.machinePython],
        [texts.overview.data, session.datasets.length ? session.datasets.map((name) => h("a", { key: name, href: address(["datasets", name.split("@")[0]]) }, name)) : texts.overview.none],
      ]),
    ]),
    h("section", [h("h2", texts.overview.arguments), given.length ? list(given.map(([key, value]) => [visible(key), h("code", visible(value))])) : h("p", { class: "muted" }, texts.overview.none)]),
    h("section", [
      h("h2", texts.overview.summary),
      Object.keys(session.summary).length
        ? list(Object.entries(session.summary).map(([key, value]) => [visible(key), h("span", { class: "number" }, number(value))]))
        : h("p", { class: "muted" }, texts.overview.none),
    ]),
    h("section", { class: "wide" }, [h("h2", texts.overview.family), h(FamilyTree, { name: session.name })]),
  ]);
}
Overview.props = ["shared"];
