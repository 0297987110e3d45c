/* What goes into the addresses of targets besides the page: the owner's text, picture, hashtags and account. */
import { core } from "./given.js";
import { ownTargets } from "./targets.js";

/** @param {Widget} widget @returns {import("./targets.js").More} */
export function moreOf(widget) {
  const said = (/** @type {string} */ name) => core._setting(widget._host, name);
  return {
    text: said("text"),
    image: pictureOf(widget),
    isShort: !!document.querySelector("meta[property='og:url']"),
    hashtags: said("hashtags"),
    via: said("via"),
    own: ownTargets(core._settings.targets),
  };
}

/** Places that are for a telephone are offered on touch devices. */
export const isTouch = () => matchMedia("(pointer:coarse)").matches;

/** @param {Widget} widget @returns {string} address of the picture that goes with the page, "" where there is none */
export function pictureOf({ _host }) {
  const meta = /** @type {HTMLMetaElement|null} */ (document.querySelector("meta[property='og:image']"));
  return core._setting(_host, "image") || meta?.content || "";
}
