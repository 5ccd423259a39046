// @ts-check
// The page: its frame, and which view is shown.
import { createApp, h, watchEffect } from "../vendor/vue.js";
import { store, start, setTheme, signOut } from "./store.js";
import { address, route, startRouter } from "./router.js";
import { texts } from "./texts.js";
import { visible } from "./format.js";
import { DialogHost, Icon, Toasts, later } from "../parts/basics.js";
import { SignIn } from "../views/sign-in.js";
import { Side } from "../views/side.js";
import { Sessions } from "../views/sessions.js";

const Session = later(() => import("../views/session.js").then((module) => module.Session));
const Datasets = later(() => import("../views/datasets.js").then((module) => module.Datasets));
const Dataset = later(() => import("../views/dataset.js").then((module) => module.Dataset));
const Resources = later(() => import("../views/resources.js").then((module) => module.Resources));
const TensorBoard = later(() => import("../views/tensorboard.js").then((module) => module.TensorBoard));
const Compare = later(() => import("../views/compare.js").then((module) => module.Compare));

/**
 * What the address asks for, and with which properties.
 * @returns {[any, any?]}
 */
function chosen() {
  const [first, ...rest] = route.parts;
  if (first === "sessions" && rest.length >= 3) {
    const name = rest.slice(0, 3).join("/");
    return [Session, { key: name, name, tab: rest[3] ?? "terminal" }];
  }
  if (first === undefined || first === "sessions") return [Sessions];
  if (first === "datasets" && rest[0]) return [Dataset, { key: rest[0], name: rest[0], tab: rest[1] ?? "board" }];
  if (first === "datasets") return [Datasets];
  if (first === "resources") return [Resources];
  if (first === "compare") return [Compare];
  if (first === "tensorboard" && rest.length) return [TensorBoard, { key: rest.join("/"), sessions: rest.join("/").split(",") }];
  return [NotHere];
}

/** What a tab or a bookmark of this view is called. */
function title() {
  const [first = "sessions", ...rest] = route.parts;
  const word = (/** @type {Record<string, any>} */ among, /** @type {string | undefined} */ key) => (key !== undefined && Object.hasOwn(among, key) ? among[key] : undefined);
  if (store.signedIn !== "in" || first === "sign-in") return [texts.signIn.title];
  if (first === "sessions" && rest.length >= 3) return [rest.slice(0, 3).join("/"), word(texts.session.tabs, rest[3])];
  if (first === "datasets" && rest[0]) return [rest[0], word(texts.dataset.tabs, rest[1])];
  if (first === "compare") return [texts.compare.title, word(texts.compare.tabs, rest[0])];
  if (first === "tensorboard") return [texts.tensorBoard.title, rest.join("/")];
  return [word(texts.nav, first)];
}

const NotHere = () => h("p", { class: "empty" }, texts.notHere);

const themes = /** @type {const} */ ([
  ["system", "half"],
  ["light", "sun"],
  ["dark", "moon"],
]);

function Top() {
  const at = route.parts[0] ?? "sessions";
  const link = (/** @type {string} */ part, /** @type {string} */ label) =>
    h("a", { href: address([part]), "aria-current": at === part ? "page" : null }, label);
  return h("header", { class: "top" }, [
    h(
      "button",
      { type: "button", class: "quiet menu", "aria-label": texts.nav.menu, "aria-expanded": String(store.menuOpen), onClick: () => (store.menuOpen = !store.menuOpen) },
      h(Icon, { name: "menu" }),
    ),
    h("a", { class: "brand", href: address(["sessions"]) }, texts.name),
    h("nav", { "aria-label": texts.nav.label }, [link("sessions", texts.nav.sessions), link("datasets", texts.nav.datasets), link("resources", texts.nav.resources)]),
    h("div", { class: "end" }, [
      h(
        "div",
        { class: "choice themes", role: "group", "aria-label": texts.theme.label },
        themes.map(([theme, icon]) =>
          h(
            "button",
            { key: theme, type: "button", title: texts.theme[theme], "aria-label": texts.theme[theme], "aria-pressed": String(store.theme === theme), onClick: () => setTheme(theme) },
            h(Icon, { name: icon }),
          ),
        ),
      ),
      h("span", { class: "user" }, store.identity?.user),
      h("button", { type: "button", class: "quiet", onClick: signOut }, texts.signOut),
    ]),
  ]);
}

const App = {
  setup() {
    return () => {
      if (store.signedIn !== "in" || route.parts[0] === "sign-in") return [h(SignIn), h(Toasts)];
      return [
        h("a", { class: "skip", href: "#main", onClick: focusMain }, texts.skip),
        h(Top),
        store.connected ? null : h("div", { class: "lost", role: "alert" }, texts.lost),
        h("div", { class: ["frame", store.menuOpen ? "with-menu" : ""] }, [h(Side), h("main", { id: "main", tabindex: -1 }, h(...chosen()))]),
        h(DialogHost),
        h(Toasts),
      ];
    };
  },
};

/**
 * The address keeps the view, so the link must not change it.
 * @param {Event} event
 */
function focusMain(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/**
 * `/` goes to the search field of the view, as in most places; Escape comes back, or closes the list that a narrow page has opened.
 * @param {KeyboardEvent} event
 */
function keys(event) {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  const isTyping = target.matches("input, textarea, select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector("main input[type=search]");
    if (!(field instanceof HTMLElement)) return;
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape" && target.matches("input[type=search]")) target.blur();
  else if (event.key === "Escape") store.menuOpen = false;
}

addEventListener("keydown", keys);
startRouter();
watchEffect(() => (document.title = [...title(), texts.name].filter(Boolean).map(visible).join(" · ")));
addEventListener("hashchange", () => (store.menuOpen = false));
start();
// The view comes while the platform is asked who we are.
chosen()[0].fetch?.();
createApp(App).mount("#app");
