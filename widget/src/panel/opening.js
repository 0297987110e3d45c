/* How the panel opens and closes, and the keys inside it. */
import { core } from "../given.js";
import { keepBeside } from "./beside.js";
import { followPage } from "./colours.js";
import { guard } from "./guard.js";

/** @param {View} view */
export function listenToOpening(view) {
  const { _widget: widget, _panel: panel } = view;
  const { _root: root } = widget;
  guard(view);
  core._on(panel, "beforetoggle", ({ newState }) => newState === "open" && prepare(view));
  core._on(panel, "toggle", (event) => follow(view, event.newState === "open"));
  core._on(panel, "keydown", (event) => move(view, event));
  core._on(view._close, "click", () => {
    panel.hidePopover();
    opener(widget).focus();
  });
  // A page that is kept for going back is kept with its panel shut.
  core._on(window, "pagehide", () => panel.hidePopover());
  // Tab went past the last entry: the panel has served.
  core._on(root, "focusout", ({ relatedTarget }) => {
    if (relatedTarget && !root.contains(relatedTarget)) panel.hidePopover();
  });
  for (const trigger of [widget._button, widget._more]) {
    // Known to the browser as the panel's button: a press on it is none outside the panel.
    trigger.popoverTargetElement = panel;
    trigger.setAttribute("aria-controls", "p");
    // The second of a double click does not close it.
    core._on(trigger, "click", (event) => event.detail > 1 && panel.matches(":popover-open") && event.preventDefault());
  }
}

/**
 * Bring the panel up to date while it is hidden: the browser then computes styles and layout once, for the first frame. In that
 * frame, before it is painted, the place is checked, which costs nothing more unless it is wrong.
 * @param {View} view
 */
function prepare(view) {
  const { _widget: widget, _panel } = view;
  _panel.style.cssText = "";
  followPage(view);
  keepBeside(_panel, opener(widget));
  return core._refresh(widget);
}

/** @param {View} view @param {boolean} isOpen */
function follow(view, isOpen) {
  const { _widget: widget, _panel, _copy } = view;
  const address = location.href;
  widget._button.ariaExpanded = widget._more.ariaExpanded = /** @type {any} */ (isOpen);
  core._emit(widget._host, isOpen ? "open" : "close");
  core._onMove = undefined;
  if (!isOpen) return;
  view._openedAt = performance.now();
  // The link in it is that of the page it was opened on; a router may note a place in the history without leaving the page.
  core._onMove = () => {
    if (location.href === address) return;
    view._isQuoted = false;
    widget._url = "";
    _panel.hidePopover();
  };
  _copy.focus();
}

/** @param {Widget} widget @returns {HTMLElement} the button that opens the panel */
function opener({ _button, _more }) {
  return _more.checkVisibility() ? _more : _button;
}

/** Escape closes by itself, and leads back to the button; arrows go through the entries. @param {View} view @param {KeyboardEvent} event */
function move({ _widget: widget, _panel }, event) {
  if (event.key === "Escape") opener(widget).focus();
  const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
  const entries = /** @type {HTMLElement[]} */ ([..._panel.querySelectorAll("li > *")]);
  const shown = entries.filter((entry) => entry.checkVisibility());
  const at = shown.indexOf(/** @type {HTMLElement} */ (widget._root.activeElement));
  if (!step || at < 0) return;
  event.preventDefault();
  shown.at((at + step) % shown.length)?.focus();
}
