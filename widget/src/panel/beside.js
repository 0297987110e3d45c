/*
 * A browser puts the panel beside its button by itself, but WebKit reckons without boxes that are scrolled, WebKit and Firefox without
 * transforms, and Chromium without a page's `zoom`: the panel stands elsewhere then, or half out of the window.
 */
const GAP = 6;
/** Farther than this it stands beside something else. */
const FAR = 24;
/** The panel may still be moving to its place. */
const SLACK = 5;

/**
 * Look where the panel is in the frame that shows it first, before that is painted: the browser has its layout to do then anyway, and
 * nobody sees a panel that is moved.
 * @param {HTMLElement} panel
 * @param {Element} button
 */
export function keepBeside(panel, button) {
  requestAnimationFrame(() => putBeside(panel, button));
}

/** Put the panel beside its button, where the browser has not. A sheet stays one. @param {HTMLElement} panel @param {Element} button */
function putBeside(panel, button) {
  if ((/** @type {any} */ (getComputedStyle(panel)).positionArea || "none") === "none") return;
  const { top, bottom, left, right } = panel.getBoundingClientRect();
  const at = button.getBoundingClientRect();
  const apart = Math.max(top - at.bottom, at.top - bottom, left - at.right, at.left - right);
  const out = Math.max(-top, -left, bottom - innerHeight, right - innerWidth);
  if (out < SLACK && apart > -SLACK && apart < FAR) return;
  const zoom = /** @type {any} */ (panel).currentCSSZoom || 1;
  panel.style.cssText += `;position-area:none;position-try:none;margin:0;max-height:${(innerHeight - 2 * GAP) / zoom}px`;
  const { width, height } = panel.getBoundingClientRect();
  const low = innerHeight - height - GAP;
  const [below, above] = [at.bottom + GAP, at.top - GAP - height];
  const y = below < low ? below : Math.max(GAP, Math.min(above, low));
  const far = innerWidth - width - GAP;
  const aside = at.right + GAP < far ? at.right + GAP : at.left - GAP - width;
  const x = Math.max(GAP, Math.min(below < low || above > GAP ? at.left : aside, far));
  panel.style.inset = `${y / zoom}px auto auto ${x / zoom}px`;
}
