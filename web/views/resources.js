// @ts-check
// The machine: who is on which device, and who waits for what.
import { h, watch, onUnmounted } from "../vendor/vue.js";
import { json } from "../app/api.js";
import { store } from "../app/store.js";
import { sessionAddress } from "../app/router.js";
import { texts } from "../app/texts.js";
import { size, visible } from "../app/format.js";
import { Age, Ready, useLoaded } from "../parts/basics.js";

const text = texts.resources;

/**
 * A share as a bar and as words.
 * @param {number | undefined} share @param {string} label
 */
function meter(share, label) {
  if (share === undefined) return h("span", { class: "muted" }, "–");
  return h("span", { class: "meter" }, [h("span", { class: "share" }, h("i", { style: { width: `${Math.min(1, share) * 100}%` } })), h("span", { class: "number" }, label)]);
}

export const Resources = {
  setup() {
    const { value, problem, refresh } = useLoaded(
      () => "all",
      async () => {
        const [status, devices, queue] = await Promise.all([json("/v1/status"), json("/v1/devices"), json("/v1/queue")]);
        return { status, devices: devices.items, queue: queue.items };
      },
    );
    watch(() => store.changes, refresh);
    // What a device does changes without anything happening to a session.
    const timer = setInterval(refresh, 5000);
    onUnmounted(() => clearInterval(timer));
    const head = (/** @type {any[]} */ labels) => h("thead", h("tr", labels.map(([label, kind]) => h("th", { key: label, scope: "col", class: kind }, label))));

    const device = (/** @type {any} */ item) =>
      h("tr", { key: `${item.node} ${item.device.index}` }, [
        h("td", { class: "nowrap" }, [h("span", { class: "number strong" }, item.device.index), " ", item.device.isDeclared ? h("span", { class: "tag" }, text.declared) : visible(item.device.name)]),
        h("td", item.session ? h("a", { href: sessionAddress(item.session) }, item.session) : h("span", { class: "muted" }, text.free)),
        h("td", meter(item.usage.utilizationPercent === undefined ? undefined : item.usage.utilizationPercent / 100, `${item.usage.utilizationPercent} %`)),
        h("td", meter(item.usage.memoryUsedBytes === undefined ? undefined : item.usage.memoryUsedBytes / item.device.memoryBytes, `${size(item.usage.memoryUsedBytes ?? 0)} / ${size(item.device.memoryBytes)}`)),
        h("td", { class: "number" }, item.usage.temperatureCelsius === undefined ? "–" : `${item.usage.temperatureCelsius} °C`),
        h("td", { class: "number" }, item.usage.powerWatts === undefined ? "–" : `${Math.round(item.usage.powerWatts)} W`),
      ]);
    const waiting = (/** @type {any} */ item) =>
      h("tr", { key: item.session }, [
        h("td", { class: "number" }, item.rank),
        h("td", h("a", { href: sessionAddress(item.session) }, item.session)),
        h("td", { class: "number nowrap" }, `${item.resources.gpus} GPU, ${text.cpus(item.resources.cpus)}, ${size(item.resources.memoryBytes)}`),
        h("td", { class: "number" }, h(Age, { time: item.queuedAt })),
        h("td", { class: "wide reason" }, visible(item.reason)),
      ]);
    const figure = (/** @type {any} */ amount, /** @type {string} */ label) => h("div", { key: label }, [h("strong", { class: "number" }, amount), h("span", { class: "muted" }, label)]);

    return () =>
      h(Ready, { problem: problem.value, ready: value.value !== null }, () => {
        const { status, devices, queue } = value.value;
        return h("section", { class: "view" }, [
          h("header", { class: "head" }, [
            h("div", { class: "title" }, [h("h1", text.title), h("span", { class: "muted" }, visible(status.node.name))]),
            h("div", { class: "figures" }, [
              figure(status.sessionsActive, text.active),
              figure(status.sessionsQueued, text.queued),
              figure(status.node.cpus, "CPUs"),
              figure(size(status.node.memoryBytes), text.memory.toLowerCase()),
              figure(size(status.freeDiskBytes), text.disk),
            ]),
            status.notes.map((/** @type {string} */ note) => h("p", { key: note, class: "muted note" }, visible(note))),
          ]),
          h("h2", { class: "section" }, text.devices),
          devices.length
            ? h("div", { class: "scroller" }, h("table", { class: "data" }, [head([[text.device], [text.who], [text.load], [text.memory], [text.temperature, "number"], [text.power, "number"]]), h("tbody", devices.map(device))]))
            : h("p", { class: "empty muted" }, text.noDevices),
          h("h2", { class: "section" }, [text.queue, queue.length ? h("span", { class: "count number" }, queue.length) : null]),
          queue.length
            ? h("div", { class: "scroller" }, h("table", { class: "data" }, [head([[text.rank, "number"], [text.who], [text.wants, "number"], [text.waiting, "number"], [text.why]]), h("tbody", queue.map(waiting))]))
            : h("p", { class: "empty muted" }, text.noQueue),
        ]);
      });
  },
};
