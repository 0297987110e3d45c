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
  const on = core._on;
  const host = await createButton();
  let timer, isOpen;
  const show = () => isOpen || offer(host);
  on(document, "selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
  on(window, "scroll resize", () => move(host));
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

/** @returns {Promise<any>} the <pass-along> for quotes, hidden */
async function createButton() {
  const place = document.querySelector("pass-quote");
  const [language] = core._languageOf(place || document.body);
  const words = await core._wordsFor(language);
  const host = /** @type {any} */ (document.createElement("pass-along"));
  host.label = words?.quote || english;
  host.look = place?.getAttribute("look") || "solid";
  host.hidden = true;
  host.style.cssText = "position:fixed;z-index:2147483647";
  place?.append(host);
  return host;
}

/** Show the button where a quote is selected, hide it where none is. */
function offer(host) {
  const scope = [...document.querySelectorAll("pass-quote")].map((one) => one.getAttribute("for") || "article");
  const text = selection(scope.join());
  // The place may have gone with the page that it stood on.
  if (!host.isConnected) document.querySelector("pass-quote")?.append(host);
  host.hidden = !text;
  if (!text) return;
  host.url = withQuote(location.href, text);
  host.text = `“${text}”`;
  move(host);
}

/** Put the button at the end of the selection. */
function move(host) {
  if (host.hidden) return;
  const box = [.../** @type {Selection} */ (getSelection()).getRangeAt(0).getClientRects()].at(-1);
  // On a telephone the system's own menu is at the selection.
  if (!box || matchMedia("(pointer:coarse)").matches) host.style.inset = "auto auto 16px 16px";
  else {
    const below = box.bottom + EDGE;
    const top = below + HEIGHT < innerHeight ? below : Math.max(EDGE, box.top - HEIGHT);
    const left = Math.max(EDGE, Math.min(box.right, /** @type {Element} */ (document.querySelector("html")).clientWidth - host.offsetWidth - EDGE));
    host.style.inset = `${top}px auto auto ${left}px`;
  }
}
