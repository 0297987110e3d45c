/* Sharing: ask the page, hand the link to the device's sheet, report the share. */
import { late } from "../words/en.json";
import { core } from "./given.js";
import { codeIn, useLink } from "./links.js";
import { pause } from "./pause.js";
import { refresh, render } from "./refresh.js";

/** How long the share sheet waits for a token. */
const NATIVE_WAIT_MS = 300;

/**
 * Let the page prevent a share.
 * @param {Widget} widget
 * @param {string} to key of the target
 * @param {string} text what would be shared
 * @returns {boolean} may it be shared?
 */
export function mayShare({ _host, _page }, to, text) {
  const code = codeIn(_page?._link, text);
  return core._emit(_host, "share", { to, url: code ? _page?.url : _page?.plain, code });
}

/**
 * Report a share.
 * @param {Widget} widget
 * @param {string} to key of the target
 * @param {string} text what was shared
 */
export function used(widget, to, text) {
  useLink(widget._page?._link, to, text);
  render(widget);
}

/**
 * Open the device's share sheet.
 * @param {Widget} widget
 * @returns {Promise<boolean|void>} true where it could not be opened
 */
export async function shareNatively(widget) {
  await Promise.race([refresh(widget), pause(NATIVE_WAIT_MS)]);
  const { url, title, _link } = /** @type {Page} */ (widget._page);
  if (!mayShare(widget, "native", url)) return;
  try {
    await navigator.share({ title, text: core._setting(widget._host, "text") || undefined, url });
  } catch (error) {
    return /** @type {Error} */ (error).name !== "AbortError";
  }
  used(widget, "native", url);
  const { _words: words } = widget;
  if (_link) core._say(widget, codeIn(_link, url) ? words?.thanks || "" : words?.late || late);
}
