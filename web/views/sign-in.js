// @ts-check
// The way in: by the link of `nsml ui`, or by a token.
import { h, ref, watch } from "../vendor/vue.js";
import { store, signIn } from "../app/store.js";
import { go, route } from "../app/router.js";
import { texts } from "../app/texts.js";
import { Command } from "../parts/basics.js";

export const SignIn = {
  setup() {
    const token = ref("");
    const busy = ref(false);
    const problem = ref("");

    const enter = async (/** @type {{ code?: string, token?: string }} */ proof) => {
      busy.value = true;
      problem.value = "";
      try {
        await signIn(proof);
      } catch (error) {
        const known = /** @type {any} */ (error);
        problem.value = [known.message, known.hint].filter(Boolean).join("; ");
      }
      busy.value = false;
    };

    const byCode = async () => {
      const [first, code] = route.parts;
      if (first !== "sign-in") return;
      const to = route.query.to?.startsWith("/") ? `#${route.query.to}` : "#/sessions";
      // Out of the address and the history at once: it is good only once, but nobody else's.
      go(to, true);
      if (code) await enter({ code });
    };
    watch(() => route.parts.join("/"), byCode, { immediate: true });

    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      enter({ token: token.value.trim() });
    };
    return () => {
      if (busy.value || store.signedIn === "unknown") return h("main", { class: "sign-in", "aria-busy": "true" }, h("p", { class: "muted" }, texts.signIn.busy));
      return h("main", { class: "sign-in" }, [
        h("h1", texts.name),
        h("p", texts.signIn.how),
        h(Command, { line: "nsml ui" }),
        h("p", { class: "or" }, texts.signIn.or),
        h("form", { onSubmit: submit }, [
          h("label", [
            h("span", { class: "label" }, texts.signIn.token),
            h("input", {
              type: "password",
              autocomplete: "off",
              required: true,
              value: token.value,
              "aria-describedby": "token-hint",
              onInput: (/** @type {any} */ event) => (token.value = event.target.value),
            }),
          ]),
          h("p", { class: "muted", id: "token-hint" }, texts.signIn.tokenHint),
          problem.value ? h("p", { class: "problem", role: "alert" }, problem.value) : null,
          h("button", { type: "submit", class: "primary" }, texts.signIn.button),
        ]),
      ]);
    };
  },
};
