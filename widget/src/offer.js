/* What a button offers before anything is composed: credit, a choice, the device's own share sheet. */
import { setting } from "./config.js";
import { guest } from "./memory.js";
import { refused } from "./refusal.js";

const coarse = matchMedia("(pointer:coarse)");

/** Work out what may be offered now. @param {Widget} widget */
export function updateOffer(widget) {
  const credit = setting(widget._host, "credit");
  widget._isOffered = credit !== "off" && !refused();
  widget._isUndecided = widget._isOffered && credit === "ask" && widget._isPlain === undefined && !guest();
  // Always there in a row and a bar. Chromium takes the focus from whatever is hidden, even where a style shows it.
  widget._more.hidden = !widget._layout && !isNativeFirst(widget);
}

/** @param {Widget} widget @returns {boolean} is there a share sheet of the device? */
export function canShare({ _host }) {
  return setting(_host, "native") !== "never" && !!navigator.canShare?.({ url: location.href });
}

/** @param {Widget} widget @returns {boolean} does a press open the device's share sheet? */
export function isNativeFirst(widget) {
  return (setting(widget._host, "native") === "always" || coarse.matches) && canShare(widget) && !widget._isUndecided;
}
