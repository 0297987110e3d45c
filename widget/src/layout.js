/*
 * The part `layout`, for as="row" and as="bar": the owner's targets stand in the page as links with names, or at the window's edge.
 * The addresses are plain until somebody stays on one; a press that comes before the token waits for it for a moment.
 */
import { close, copied, copy, email, newTab, thanks } from "../words/en.json";
import { core, take } from "./given.js";
import css from "./layout.css";
import { drawEntries } from "./layout/entries.js";
import { listenToEntries } from "./layout/presses.js";

const ENGLISH = { close, copied, copy, email, newTab, thanks };
/** What a view shows is in this file, by language; the other words come with the intent to share. The build makes it of ../words. */
const SHOWN = LAYOUT_WORDS;
/** @type {CSSStyleSheet} */
let sheet;

/**
 * @param {typeof import("./core.js").core} given
 * @param {Widget} widget
 */
export default async function layOut(given, widget) {
  take(given);
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
  // The panel's sheet comes after it.
  widget._root.adoptedStyleSheets.splice(1, 0, sheet);
  /** @type {Layout} */
  const layout = { _widget: widget, _words: ENGLISH, _list: document.createElement("ul"), _entries: {} };
  layout._list.role = "list";
  widget._box.prepend(layout._list);
  // A frozen version has no other words in it than English.
  const known = SHOWN[widget._box.lang] ? undefined : await core._wordsFor(widget._box.lang);
  const draw = () => {
    layout._words = wordsOf(widget, known);
    drawEntries(layout);
  };
  listenToEntries(layout);
  draw();
  widget._layout = { _render: () => drawEntries(layout) };
  new MutationObserver(draw).observe(widget._host, { attributes: true });
}

/** @param {Widget} widget @param {Words} [known] @returns {Words} */
function wordsOf({ _box }, known) {
  const [copying = copy, mail = email] = SHOWN[_box.lang] || [];
  return { ...ENGLISH, copy: copying, email: mail, ...known };
}
