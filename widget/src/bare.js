/* Sharing where no part could be loaded: the plain link goes to the device's share sheet, or is copied, or is shown. */
import { setting } from "./config.js";
import { plainAddress } from "./here.js";
import { emit } from "./safely.js";

/**
 * @param {Widget} widget
 * @param {boolean} isNative by the device's share sheet?
 * @returns {Promise<any>}
 */
export async function shareBare(widget, isNative) {
  const url = plainAddress(setting(widget._host, "url"));
  if (!emit(widget._host, "share", { to: isNative ? "native" : "copy", url, code: null })) return;
  try {
    if (isNative) return await navigator.share({ title: document.title, url });
    await navigator.clipboard.writeText(url);
    widget._status.textContent = "Link copied";
  } catch (error) {
    if (!isNative) widget._status.textContent = url;
    else if (/** @type {Error} */ (error).name !== "AbortError") return shareBare(widget, false);
  }
}
