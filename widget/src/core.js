/* What the lazy parts get from the first script: its state and its functions. The build renames every `_name` alike in all files. */
import { setting, settings } from "./config.js";
import { plainAddress } from "./here.js";
import { load } from "./load.js";
import { guest, keepGuest, saidNo } from "./memory.js";
import { canShare, updateOffer } from "./offer.js";
import { refused } from "./refusal.js";
import { emit, on } from "./safely.js";
import { say } from "./say.js";
import { send } from "./send.js";
import { broughtToken, cameBy, code } from "./visit.js";
import { languageOf, wordsFor } from "./words.js";

const shared = {
  _settings: settings,
  _setting: setting,
  _load: load,
  _send: send,
  _refused: refused,
  _guest: guest,
  _keepGuest: keepGuest,
  _saidNo: saidNo,
  _cameBy: cameBy,
  _broughtToken: broughtToken,
  _code: code,
  _plainAddress: plainAddress,
  _emit: emit,
  _on: on,
  _languageOf: languageOf,
  _wordsFor: wordsFor,
  _canShare: canShare,
  _updateOffer: updateOffer,
  _say: say,
};

/**
 * index.js adds functions whose files import this one, the part `links` its own.
 * @type {typeof shared & typeof import("./sharing.js").sharing & {
 *   _optOut: (no: boolean) => void, _shareOrOpen: (widget: Widget) => Promise<any>,
 *   _onMove?: () => void}}
 */
export const core = /** @type {any} */ (shared);
