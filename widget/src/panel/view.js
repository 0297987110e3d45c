/* What the open panel shows: the link of this moment, the targets' addresses, and who would get credit. */
import { selection } from "../fragment.js";
import { core } from "../given.js";
import { moreOf } from "../more.js";
import { hrefFor } from "../targets.js";

/** Show what would be shared now. @param {View} view */
export function renderPanel(view) {
  const { _widget: widget } = view;
  const page = /** @type {Page} */ (widget._page);
  const said = (/** @type {string} */ name) => core._setting(widget._host, name);
  view._field.value = page.url;
  view._title.textContent = page.title;
  view._at.textContent = new URL(page.plain).host;
  const more = moreOf(widget);
  for (const key of Object.keys(view._targets)) view._targets[key].href = hrefFor(key, page, more);
  hideEntry(view._app, !core._canShare(widget));
  hideEntry(view._paper, !said("to").split(" ").includes("print"));
  hideEntry(view._quote, !view._isQuoted && !selection(said("quote")));
  view._quote.ariaPressed = /** @type {any} */ (view._isQuoted);
  renderNote(view, page);
}

/** @param {HTMLElement} entry @param {boolean} isHidden */
function hideEntry(entry, isHidden) {
  /** @type {HTMLElement} */ (entry.parentNode).hidden = isHidden;
}

/** Show the line about credit, and the choices that go with it. @param {View} view @param {Page} page */
function renderNote(view, page) {
  const { _widget: widget, _yes, _no } = view;
  const isUndecided = widget._isUndecided;
  const isOffered = widget._isOffered && !page._link?._isRefused;
  const isCredited = !!isOffered && !widget._isPlain && !isUndecided;
  // A link that comes late moves nothing: the line and its buttons keep the room that they had.
  const parts = [view._says, /** @type {HTMLElement} */ (view._says.parentNode)];
  // Both heights are read before either is set: a change between them would cost another layout.
  parts.map((part) => part.offsetHeight + "px").forEach((height, at) => (parts[at].style.minHeight = height));
  view._says.textContent = lineFor(view, page, isCredited);
  view._says.className = page._link?._isTry ? "try" : "";
  _yes.hidden = !isUndecided;
  _no.hidden = !isOffered;
  _no.ariaPressed = /** @type {any} */ (isUndecided ? null : !!widget._isPlain);
  /** @type {any} */ (_no).part = /** @type {any} */ (_yes).part = isUndecided ? "choice" : "";
  view._credit.hidden = core._refused() || !core._guest();
  view._change.hidden = !isCredited || !page.name || page.url === page.plain;
}

/** @param {View} view @param {Page} page @param {boolean} isCredited @returns {string} what this link does for whom */
function lineFor({ _words: words, _widget }, { name, url, plain, _link }, isCredited) {
  if (_link?._isTry) return words.tried;
  if (!isCredited) return _widget._isUndecided ? words.pending : words.plain;
  // The token has not come, or never will.
  if (url === plain) return words.pending;
  return name ? words.claimed.replace("{name}", () => name) : words.thanks;
}

/** Show a message on "Copy link"; "" takes it away. @param {View} view @param {string} text */
export function echo({ _copy, _words }, text) {
  _copy.textContent = text || _words.copy;
  _copy.classList.toggle("done", text === _words.copied);
}
