/*
 * <pass-quote for="article">: after a selection, a small button at its end. It is a <pass-along> like any other, whose link
 * leads to the very words.
 */
import { quote as english } from "../words/en.json";
import { selection, withQuote } from "./fragment.js";
import { core, take } from "./given.js";

const WAIT_MS = 300;
const EDGE = 8;
/** Room for the button and the panel's border. */
const HEIGHT = 60;

/** @param {typeof core} given */
export default async function watchSelection(given) {
  take(given);
  const { on } = core;
  const place = document.querySelector("pass-quote");
  const [language] = core.languageOf(place);
  const words = await core.wordsFor(language);
  const host = /** @type {any} */ (document.createElement("pass-along"));
  const isTouch = matchMedia("(pointer:coarse)").matches;
  let timer, isOpen;

  const move = () => {
    if (host.hidden) return;
    const box = [...getSelection().getRangeAt(0).getClientRects()].at(-1);
    // On a telephone the system's own menu is at the selection.
    if (isTouch || !box) host.style.inset = `auto auto ${EDGE * 2}px ${EDGE * 2}px`;
    else {
      const below = box.bottom + EDGE;
      const top = below + HEIGHT < innerHeight ? below : Math.max(EDGE, box.top - HEIGHT);
      const left = Math.max(EDGE, Math.min(box.right, document.documentElement.clientWidth - host.offsetWidth - EDGE));
      host.style.inset = `${top}px auto auto ${left}px`;
    }
  };
  const show = () => {
    if (isOpen) return;
    const scope = [...document.querySelectorAll("pass-quote")].map((one) => one.getAttribute("for") || "article");
    const text = selection(scope.join());
    host.hidden = !text;
    if (!text) return;
    host.url = withQuote(location.href, text);
    host.text = `“${text}”`;
    move();
  };

  host.label = words?.quote || english;
  host.look = place.getAttribute("look") || "solid";
  host.hidden = true;
  Object.assign(host.style, { position: "fixed", zIndex: 2147483647 });
  place.append(host);

  on(document, "selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
  on(window, "scroll resize", move);
  // A press must not undo the selection that it is about.
  on(host, "mousedown", (event) => isOpen || event.preventDefault());
  on(host, "along:open", () => (isOpen = true));
  on(host, "along:close", () => {
    isOpen = false;
    show();
  });
  on(document, "keydown", ({ key }) => key === "Escape" && !isOpen && (host.hidden = true));
  show();
}
