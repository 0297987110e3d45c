/* What presses in a row or a bar do. */
import { core } from "../given.js";
import { pause } from "../pause.js";
import { drawEntries } from "./entries.js";

/** A pointer that only crosses an entry asks for nothing. */
const DWELL_MS = 80;
/** How long a press waits for a token: long enough for a telephone, short enough for the browser's leave to open a tab. */
const WAIT_MS = 800;

/** @type {Promise<void>|undefined} */
let links;

/** @param {Layout} layout */
export function listenToEntries(layout) {
  const { _list: list, _widget: widget } = layout;
  let dwelling = 0;
  core._on(list, "pointerover focus pointerout", ({ type, target }) => {
    clearTimeout(dwelling);
    // The button with the dots is the panel's, which gets ready by itself.
    if (type !== "pointerout" && !widget._more.contains(target)) dwelling = setTimeout(() => getReady(layout).catch(String), DWELL_MS);
  });
  core._on(list, "click auxclick", (event) => press(layout, event));
}

/** Load what makes links, and ask for this page's. @param {Layout} layout @returns {Promise<any>} */
async function getReady(layout) {
  const { _widget: widget } = layout;
  links ||= core._load("links").then((part) => part.default(core));
  const words = core._wordsFor(widget._box.lang).then((known) => translate(layout, known));
  await links.catch((error) => {
    links = undefined;
    throw error;
  });
  await Promise.all([core._refresh(widget), words]);
}

/** Say in the page's language what is only heard. The entry that has the focus stays. @param {Layout} layout @param {Words|undefined} known */
function translate(layout, known) {
  const words = Object.assign(layout._words, known);
  for (const said of layout._list.querySelectorAll("i")) said.textContent = ` (${words.newTab})`;
  const closing = layout._list.querySelector("[part=close]");
  if (closing) closing.ariaLabel = words.close;
}

/** @param {Layout} layout @param {any} event */
async function press(layout, event) {
  const { _widget: widget, _entries: entries } = layout;
  const to = Object.keys(entries).find((key) => event.composedPath().includes(entries[key]));
  if (!to || event.button > 1) return;
  const entry = entries[to];
  // The page may have moved on since.
  core._render?.(widget);
  if (isLate(layout) && !layout._isWaiting) {
    event.preventDefault();
    layout._isWaiting = true;
    await Promise.race([getReady(layout).catch(String), pause(WAIT_MS)]);
    entry.click();
    layout._isWaiting = false;
  } else if (to === "copy") return copyLink(layout, entry);
  else if (!mayShare(widget, to, /** @type {any} */ (entry).href)) event.preventDefault();
  else used(layout, to, /** @type {any} */ (entry).href);
}

/** @param {Layout} layout @returns {boolean} may a token still come? */
function isLate({ _widget }) {
  const link = _widget._page?._link;
  return !core._refused() && (!core._render || (!!link && !link._token && !link._isRefused));
}

/** @param {Widget} widget @param {string} to @param {string} text */
function mayShare(widget, to, text) {
  return core._mayShare ? core._mayShare(widget, to, text) : true;
}

/** Report a share, and say who gets credit. @param {Layout} layout @param {string} to @param {string} text */
function used({ _widget: widget, _words: words }, to, text) {
  core._used?.(widget, to, text);
  const token = widget._page?._link?._token;
  const isCredited = token && text.includes(token);
  core._say(widget, isCredited ? words.thanks : to === "copy" ? words.copied : "");
}

/** Copy the link. The share is reported before the press is over: the next may lead away from the page. @param {Layout} layout @param {HTMLElement} entry */
async function copyLink(layout, entry) {
  const { _widget: widget, _words: words } = layout;
  const { url } = widget._page || { url: core._plainAddress(core._setting(widget._host, "url")) };
  if (!mayShare(widget, "copy", url)) return;
  try {
    const copying = navigator.clipboard.writeText(url);
    used(layout, "copy", url);
    await copying;
    /** @type {any} */ (entry.lastChild).textContent = "✓ " + words.copied;
    await pause(WAIT_MS * 3);
    drawEntries(layout);
  } catch {
    // The panel has a field to copy from by hand.
    widget._more.click();
  }
}
