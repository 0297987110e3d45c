/* The address of this page without anybody's token. */
import { addressOf, without } from "./address.js";
import { settings } from "./config.js";

/**
 * A new text has the document's base; the document itself has an element of the page instead, if one is named `baseURI`.
 * @param {string|null} [said] what the owner says is shared; the page itself if nothing
 * @param {string} [here] the page's address
 * @returns {string} the address to share when nobody is credited
 */
export function plainAddress(said, here = location.href) {
  return without(addressOf(said, here, new Text().baseURI), settings.read);
}
