// @ts-check
// What a dataset says of itself, for its owner to change, with the line that does the same.
import { computed, h, reactive, ref } from "../vendor/vue.js";
import { json, problemText } from "../app/api.js";
import { loadDatasets, toast, toastProblem } from "../app/store.js";
import { quote } from "../app/format.js";
import { texts } from "../app/texts.js";
import { Command } from "../parts/basics.js";

const text = texts.dataset.settings;

export const DatasetSettings = {
  props: ["dataset", "onChanged"],
  setup(/** @type {{ dataset: any, onChanged: () => void }} */ props) {
    const settings = props.dataset.settings;
    const before = {
      description: settings.description,
      tags: settings.tags.join(" "),
      isPrivate: settings.isPrivate,
      metric: settings.metric ?? "",
      order: settings.order,
      submits: settings.submitsPerHour === undefined ? "" : String(settings.submitsPerHour),
      addReaders: "",
      removeReaders: "",
    };
    const form = reactive({ ...before });
    const problem = ref("");
    const busy = ref(false);
    const words = (/** @type {string} */ list) => list.split(/[\s,#]+/).filter(Boolean);
    const change = computed(() => {
      /** @type {Record<string, any>} */
      const body = {};
      if (form.description !== before.description) body.description = form.description;
      if (words(form.tags).join(" ") !== words(before.tags).join(" ")) body.tags = words(form.tags);
      if (form.isPrivate !== before.isPrivate) body.isPrivate = form.isPrivate;
      if (form.metric !== before.metric && form.metric !== "") body.metric = form.metric;
      if (form.order !== before.order) body.order = form.order;
      if (form.submits !== before.submits && /^\d+$/.test(form.submits)) body.submitsPerHour = Number(form.submits);
      if (words(form.addReaders).length) body.addReaders = words(form.addReaders);
      if (words(form.removeReaders).length) body.removeReaders = words(form.removeReaders);
      return body;
    });
    const line = computed(() => {
      const body = change.value;
      const parts = ["nsml dataset change", props.dataset.name];
      if (body.metric !== undefined) parts.push("-l", quote(body.metric));
      if (body.description !== undefined) parts.push("--description", body.description ? quote(body.description) : "''");
      if (body.tags) parts.push("--tags", quote(body.tags.map((/** @type {string} */ tag) => `#${tag}`).join(" ")));
      if (body.order) parts.push("--order", body.order);
      if (body.submitsPerHour !== undefined) parts.push("--submit-limit", String(body.submitsPerHour));
      if (body.isPrivate !== undefined) parts.push(body.isPrivate ? "--private" : "--no-private");
      for (const user of body.addReaders ?? []) parts.push("-u", quote(user));
      for (const user of body.removeReaders ?? []) parts.push("--remove-user", quote(user));
      return parts.join(" ");
    });
    const apply = async (/** @type {Event} */ event) => {
      event.preventDefault();
      busy.value = true;
      problem.value = "";
      try {
        await json(`/v1/datasets/${encodeURIComponent(props.dataset.name)}`, { method: "PATCH", json: change.value });
        toast(text.done);
        loadDatasets();
        props.onChanged();
      } catch (error) {
        if (/** @type {any} */ (error).status) problem.value = problemText(error);
        else toastProblem(error);
      }
      busy.value = false;
    };
    /** @param {"description" | "tags" | "metric" | "submits" | "addReaders" | "removeReaders"} key @param {string} label @param {string} [hint] */
    const field = (key, label, hint) =>
      h("label", [h("span", { class: "label" }, label), h("input", { type: "text", value: form[key], placeholder: hint, spellcheck: false, onInput: (/** @type {any} */ event) => (form[key] = event.target.value) })]);
    return () =>
      h("form", { class: "settings", onSubmit: apply }, [
        field("description", text.description),
        field("tags", text.tags, "#vision #small"),
        field("metric", text.metric, "accuracy, mse, f1, auc, custom"),
        h("label", [
          h("span", { class: "label" }, text.order),
          h("select", { value: form.order, onChange: (/** @type {any} */ event) => (form.order = event.target.value) }, [h("option", { value: "descending" }, text.descending), h("option", { value: "ascending" }, text.ascending)]),
        ]),
        field("submits", text.submits, "60"),
        h("label", { class: "check" }, [h("input", { type: "checkbox", checked: form.isPrivate, onChange: (/** @type {any} */ event) => (form.isPrivate = event.target.checked) }), text.isPrivate]),
        form.isPrivate ? [field("addReaders", text.addReaders, "bob carol"), field("removeReaders", text.removeReaders)] : null,
        problem.value ? h("p", { class: "problem", role: "alert" }, problem.value) : null,
        Object.keys(change.value).length
          ? [h("div", { class: "label" }, texts.same), h(Command, { line: line.value }), h("div", { class: "buttons" }, [h("button", { type: "button", onClick: () => Object.assign(form, before) }, texts.cancel), h("button", { type: "submit", class: "primary", disabled: busy.value }, texts.apply)])]
          : h("p", { class: "muted" }, text.nothing),
      ]);
  },
};
