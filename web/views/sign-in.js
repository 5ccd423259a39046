// @ts-check
// The way in: by the link of `nsml ui`, or by a token.
import { h, ref, watch } from "../vendor/vue.js";
import { json, problemText } from "../app/api.js";
import { store, signIn, toastProblem } from "../app/store.js";
import { go, route } from "../app/router.js";
import { texts } from "../app/texts.js";
import { Command } from "../parts/basics.js";

export const SignIn = {
  setup() {
    const token = ref("");
    const busy = ref(false);
    const problem = ref("");
    /** The code of a link that would make somebody else of who is signed in: asked about first. */
    const foreign = ref("");
    let to = "#/sessions";

    const enter = async (/** @type {{ code?: string, token?: string, replaces?: string }} */ proof) => {
      busy.value = true;
      problem.value = foreign.value = "";
      try {
        await signIn(proof);
        go(to, true);
      } catch (error) {
        const known = /** @type {any} */ (error);
        problem.value = problemText(known);
        if (proof.code && known.code === "wrong_state") foreign.value = proof.code;
        else if (store.signedIn === "in") {
          toastProblem(error);
          go(to, true);
        }
      }
      busy.value = false;
    };

    const byCode = async () => {
      const [first, code] = route.parts;
      if (first !== "sign-in") return;
      if (!code) return void (store.signedIn === "in" && !busy.value && !foreign.value && go(to, true));
      to = route.query.to?.startsWith("/") ? `#${route.query.to}` : "#/sessions";
      // Out of the address and the history at once: it is good only once, but nobody else's.
      go("#/sign-in", true);
      await enter({ code });
    };
    watch(() => [route.parts.join("/"), store.signedIn], byCode, { immediate: true });

    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      enter({ token: token.value.trim() });
    };
    const change = async () => enter({ code: foreign.value, replaces: (await json("/v1/whoami")).user });
    const stay = () => {
      foreign.value = "";
      go(to, true);
    };
    const question = () => [
      h("h1", texts.signIn.switchTitle),
      h("p", { role: "alert" }, problem.value),
      h("div", { class: "buttons" }, [
        h("button", { type: "button", class: "primary", onClick: stay }, texts.signIn.stay),
        h("button", { type: "button", class: "danger", onClick: change }, texts.signIn.switchTo),
      ]),
    ];
    const form = () => [
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
    ];
    return () => {
      if (busy.value || store.signedIn === "unknown") return h("main", { class: "sign-in", "aria-busy": "true" }, h("p", { class: "muted" }, store.connected ? texts.signIn.busy : texts.lost));
      return h("main", { class: "sign-in" }, foreign.value ? question() : form());
    };
  },
};
