/*
 * The press that opened the panel may be the first of a double click: for half a second nothing in the panel takes a press
 * until the pointer has moved or a key was used.
 */
import { core } from "../given.js";

const GUARD_MS = 500;
/** A hand that presses twice moves so far by itself. */
const STILL_PX = 8;

/** @param {View} view */
export function guard(view) {
  const { _panel, _widget } = view;
  core._on(window, "pointermove pointerdown keydown", (event) => {
    const from = _widget._press;
    if (!event.pointerId || !from || Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > STILL_PX) {
      view._openedAt = 0;
    }
  });
  core._on(_panel, "click auxclick", (event) => {
    // A press by a key has no detail.
    if (!event.detail || performance.now() - (view._openedAt || -GUARD_MS) >= GUARD_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
