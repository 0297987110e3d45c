/*
 * The part `links`, loaded with the panel when somebody shows the intent to share: asks for links with a token, hands them to
 * the device's share sheet, reports shares. It adds its functions to what the script shares with its parts.
 */
import { armCredit } from "./credit.js";
import { take } from "./given.js";
import { forgetLinks, linkFrom } from "./links.js";
import { mayShare, shareNatively, used } from "./press.js";
import { refresh, render } from "./refresh.js";
import { say } from "./say.js";

export const sharing = {
  _armCredit: armCredit,
  _forgetLinks: forgetLinks,
  _linkFrom: linkFrom,
  _mayShare: mayShare,
  _refresh: refresh,
  _render: render,
  _say: say,
  _shareNatively: shareNatively,
  _used: used,
};

/** @param {typeof import("./core.js").core} given */
export default function share(given) {
  take(given);
  Object.assign(given, sharing);
}
