/* One button: its elements, and what it listens to. */
import { setting } from "./config.js";
import { run } from "./core.js";
import { make, makeButton } from "./dom.js";
import { updateOffer } from "./offer.js";
import { expectPress, press } from "./opening.js";
import { on, safely } from "./safely.js";
import { languageOf } from "./words.js";

/** A pointer that only crosses a button asks for nothing. */
const DWELL_MS = 80;
const COMES = /over|focus/;
const LAYOUTS = /row|bar/;
/** There is one pointer, and one focus. */
let dwelling = 0;
/** The elements of a button, copied for each: fifty are made in a fraction of the time. @type {any} */
let pattern;

/**
 * Create a widget in a shadow root of its element, which hides the element's content: only when the button could be made.
 * @param {HTMLElement} host
 * @param {CSSStyleSheet} sheet
 * @returns {Widget}
 */
export function createWidget(host, sheet) {
  pattern ||= make("div", {}, makeButton("button", make("span", { part: "label" })), makeButton("more", "…"), make("output", {}));
  const box = pattern.cloneNode(true);
  const [button, more, status] = box.children;
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  /** @type {Widget} */
  const widget = {
    _host: host,
    _root: root,
    _box: box,
    _button: button,
    _more: more,
    _status: status,
  };
  on(widget._box, "pointerover pointerout focus blur click", (event) => follow(widget, event));
  button.ariaExpanded = false;
  // The page's own content stays until a row or a bar is there.
  const isLaidOut = LAYOUTS.test(setting(host, "as"));
  const place = isLaidOut ? make("slot", {}) : box;
  root.append(place);
  drawWidget(widget);
  if (isLaidOut) run("layout", widget).catch(String).then(() => place.replaceWith(box));
  return widget;
}

/** Get ready when somebody stays on a button, and do what a press says. @param {Widget} widget @param {any} event */
function follow(widget, event) {
  const { type, target } = event;
  const isMore = target === widget._more;
  // The panel is in the box, too.
  if (!isMore && !widget._button.contains(target)) return;
  clearTimeout(dwelling);
  if (type === "click") return press(widget, event, isMore);
  if (COMES.test(type)) dwelling = setTimeout(safely(expectPress), DWELL_MS, widget);
}

/** Draw a widget by its attributes, or draw it again. @param {Widget} widget */
export function drawWidget(widget) {
  const { _host, _button, _more } = widget;
  const [tag, word] = languageOf(_host);
  widget._box.lang = tag;
  const label = (/** @type {Element} */ (_button.firstChild).textContent = setting(_host, "label") || word);
  _more.ariaLabel = label + "…";
  _more.className = _button.className = setting(_host, "look") + " " + setting(_host, "size");
  updateOffer(widget);
  widget._panel?._redraw();
}
