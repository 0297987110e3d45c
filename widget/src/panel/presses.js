/* What presses in the panel do. */
import { selection, withQuote } from "../fragment.js";
import { core } from "../given.js";

/** @param {View} view */
export function listenToPresses(view) {
  const { _widget: widget, _panel, _field, _words } = view;
  const on = core._on;
  on(_panel, "click auxclick", (event) => followTarget(view, event));
  on(_field, "focus", () => _field.select());
  on(_field, "copy", (event) => putLink(view, event));
  on(view._copy, "click", () => copyLink(view));
  on(view._app, "click", () => core._shareOrOpen(widget));
  on(view._code, "click", async () => (await core._load("qr")).default(core, view));
  on(view._paper, "click", () => printPlain(view));
  on(view._quote, "click", () => toggleQuote(view));
  on(view._yes, "click", () => choosePlain(view, false));
  on(view._no, "click", () => choosePlain(view, !widget._isPlain));
  const fail = () => (view._says.textContent = _words.noCredit);
  core._armCredit(view._change, "privacy", fail);
  core._armCredit(view._credit, "", fail);
}

/** @param {View} view @returns {Page} */
function pageOf({ _widget }) {
  return /** @type {Page} */ (_widget._page);
}

/** Report the share behind a pressed target, unless the page prevents it. @param {View} view @param {any} event */
function followTarget({ _widget, _targets }, event) {
  const to = Object.keys(_targets).find((key) => event.composedPath().includes(_targets[key]));
  if (!to || event.button > 1) return;
  const { href } = _targets[to];
  if (core._mayShare(_widget, to, href)) core._used(_widget, to, href);
  else event.preventDefault();
}

/** Copy the link, and report the share, before the press is over: the next may lead away from the page. @param {View} view */
async function copyLink(view) {
  const { _widget: widget, _words: words, _field, _copy } = view;
  const { url, plain } = pageOf(view);
  if (!core._mayShare(widget, "copy", url)) return;
  _field.focus();
  // The field's own copy event reports the share.
  if (document.execCommand("copy")) _copy.focus();
  else {
    try {
      await navigator.clipboard.writeText(url);
      core._used(widget, "copy", url);
      _copy.focus();
    } catch {
      _field.focus();
      return core._say(widget, words.byHand);
    }
  }
  core._say(widget, url === plain && !view._no.hidden && !widget._isPlain ? words.late : words.copied);
}

/** Copying from the field is a share. A page that changes what is copied from it does not change the link. @param {View} view @param {ClipboardEvent} event */
function putLink(view, event) {
  const { _field, _widget } = view;
  const { url } = pageOf(view);
  core._used(_widget, "copy", url);
  event.stopPropagation();
  if (_field.selectionEnd !== url.length || _field.selectionStart) return;
  event.clipboardData?.setData("text/plain", url);
  event.preventDefault();
}

/** @param {View} view */
async function printPlain(view) {
  const { _widget: widget, _panel } = view;
  const { default: printAddress } = await core._load("print");
  const { plain } = pageOf(view);
  if (!core._mayShare(widget, "print", plain)) return;
  _panel.hidePopover();
  printAddress(widget._box, widget._root, plain);
}

/** @param {View} view */
function toggleQuote(view) {
  const { _widget: widget } = view;
  view._isQuoted = !view._isQuoted;
  const text = selection(core._setting(widget._host, "quote"));
  widget._url = view._isQuoted ? withQuote(pageOf(view).plain, text) : "";
  return core._refresh(widget);
}

/** @param {View} view @param {boolean} isPlain */
function choosePlain({ _widget }, isPlain) {
  _widget._isPlain = isPlain;
  return core._refresh(_widget);
}
