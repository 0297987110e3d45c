/*
 * Opening: the parts are loaded when somebody shows the intent to share. A press never waits in vain for them, nor for the
 * server: where they do not come it shares the plain link.
 */
import { shareBare } from "./bare.js";
import { core, run } from "./core.js";
import { load } from "./load.js";
import { canShare, isNativeFirst, updateOffer } from "./offer.js";
import { pause } from "./pause.js";
import { wordsFor } from "./words.js";

/** The browser's leave to copy or to open its sheet lasts five seconds from the press. */
const PARTS_WAIT_MS = 3000;

/**
 * Do it once; after a failure once more at the next sign, for a browser that is back online.
 * @param {{_coming?: Promise<void>|null}} holder
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
const once = (holder, work) =>
  (holder._coming ||= work().catch((error) => {
    holder._coming = null;
    throw error;
  }));

/** Load what makes links. */
export const loadLinks = () => once(core, () => run("links"));

/** Load the panel into a widget. @param {Widget} widget */
const loadPanel = (widget) =>
  once(widget, async () => {
    const panel = load("panel");
    const known = await wordsFor(widget._box.lang, Promise.all([panel, loadLinks()]));
    (await panel).default(core, widget, known);
  });

/** Get ready for a press: load the parts and ask for a link. @param {Widget} widget */
export async function expectPress(widget) {
  loadPanel(widget).catch(String);
  await loadLinks().catch(String);
  return core._refresh?.(widget);
}

/** @param {Promise<any>} parts @returns {Promise<any>} settled when they are there, have failed or take too long */
const inTime = (parts) => Promise.race([parts, pause(PARTS_WAIT_MS)]).catch(String);

/**
 * Open the panel.
 * @param {Widget} widget
 * @param {any} [isLast] is there no other way left?
 * @returns {Promise<any>}
 */
export async function open(widget, isLast) {
  if (widget._isWaiting) return;
  widget._isWaiting = true;
  await inTime(loadPanel(widget));
  widget._isWaiting = false;
  return widget._panel ? widget._panel._open() : shareBare(widget, !isLast && canShare(widget));
}

/** Open the device's share sheet, or the panel where the sheet does not open. @param {Widget} widget */
export async function shareOrOpen(widget) {
  // The line about credit, and its words, for what is said afterwards.
  loadPanel(widget).catch(String);
  await inTime(loadLinks());
  if (!core._shareNatively) return shareBare(widget, true);
  if (await core._shareNatively(widget)) return open(widget, 1);
}

/**
 * What a press does. A panel that is there already is opened and closed by the browser itself.
 * @param {Widget} widget
 * @param {MouseEvent} event
 * @param {boolean} isMore on the second button, which always opens the panel?
 * @returns {any}
 */
export function press(widget, event, isMore) {
  widget._press = event;
  updateOffer(widget);
  if (isMore || !isNativeFirst(widget)) return widget._panel || open(widget, isMore);
  event.preventDefault();
  return shareOrOpen(widget);
}
