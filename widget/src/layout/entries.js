/* The entries of a row or a bar: "Copy link", the targets, the button that opens the panel, and, in a bar, "Close". */
import { make, makeButton, makeLink } from "../dom.js";
import { core } from "../given.js";
import { addGlyph } from "../glyph.js";
import { isTouch, moreOf, pictureOf } from "../more.js";
import { choose, hrefFor, ownTargets, targetOf } from "../targets.js";
import { clean } from "../text.js";

/** Draw the entries, or fill in what would be shared now. @param {Layout} layout */
export function drawEntries(layout) {
  const { _widget: widget, _words: words, _list: list } = layout;
  const said = (/** @type {string} */ name) => core._setting(widget._host, name);
  const own = ownTargets(core._settings.targets);
  const keys = ["copy", ...choose(said("to"), { image: pictureOf(widget), isTouch: isTouch(), own })];
  const looks = ["as", "look", "size", "icons"].map(said);
  const drawn = [keys, widget._box.lang, looks].join();
  list.className = looks.join(" ");
  list.ariaLabel = widget._button.textContent;
  if (layout._drawn !== drawn) {
    layout._drawn = drawn;
    layout._entries = Object.fromEntries(keys.map((key) => [key, entryFor(layout, key, targetOf(key, own))]));
    const entries = [...Object.values(layout._entries), moreOfPanel(widget), ...(looks[0] === "bar" ? [closing(layout)] : [])];
    list.replaceChildren(...entries.map((entry) => make("li", {}, entry)));
  }
  const page = widget._page || plainPage(widget);
  for (const key of keys.slice(1)) /** @type {any} */ (layout._entries[key]).href = hrefFor(key, page, moreOf(widget));
  layout._entries.copy.lastChild.textContent = words.copy;
}

/** @param {Layout} layout @param {string} key @param {any} target @returns {HTMLElement} */
function entryFor({ _widget, _words: words }, key, target) {
  const [name, address] = target || [words.copy];
  const label = make("span", {}, name || words[key]);
  const entry = target ? makeLink("target", "", address, words.newTab) : makeButton("target");
  entry.prepend(label);
  // Where only the glyph is seen a pointer shows the name.
  entry.title = label.textContent;
  return addGlyph(entry, key, _widget._host);
}

/** @param {Widget} widget @returns {HTMLElement} the button that opens the panel, with three dots */
function moreOfPanel({ _more, _host }) {
  _more.hidden = false;
  _more.textContent = "";
  addGlyph(_more, "more", _host);
  if (!_more.firstChild) _more.textContent = "…";
  return _more;
}

/** @param {Layout} layout @returns {HTMLElement} what takes a bar away until the next page */
function closing({ _widget, _words }) {
  const close = makeButton("close", "×");
  close.ariaLabel = _words.close;
  core._on(close, "click", () => (_widget._box.hidden = true));
  return close;
}

/** @param {Widget} widget @returns {Page} what is shared as long as nobody has shown the intent to share */
function plainPage({ _host }) {
  const plain = core._plainAddress(core._setting(_host, "url"));
  const meta = /** @type {HTMLMetaElement|null} */ (document.querySelector("meta[property='og:title']"));
  return { url: plain, plain, short: "", title: clean(_host.title || meta?.content || document.querySelector("title")?.text || "") };
}
