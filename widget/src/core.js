/* What the lazy parts get from the first script: its state and its functions. The build renames every `_name` alike in all files. */
import { setting, settings } from "./config.js";
import { plainAddress } from "./here.js";
import { load } from "./load.js";
import { arrival, guest, keep, leave, saidNo } from "./memory.js";
import { canShare, updateOffer } from "./offer.js";
import { refused } from "./refusal.js";
import { emit, on } from "./safely.js";
import { send } from "./send.js";
import { broughtToken, code } from "./visit.js";
import { languageOf, wordsFor } from "./words.js";

const shared = {
  _settings: settings,
  _setting: setting,
  _load: load,
  _send: send,
  _refused: refused,
  _guest: guest,
  _keep: keep,
  _leave: leave,
  _saidNo: saidNo,
  _arrival: arrival,
  _broughtToken: broughtToken,
  _code: code,
  _plainAddress: plainAddress,
  _emit: emit,
  _on: on,
  _languageOf: languageOf,
  _wordsFor: wordsFor,
  _canShare: canShare,
  _updateOffer: updateOffer,
};

/**
 * Load a part and call what it is.
 * @param {string} name
 * @param {...any} given what it takes besides the core
 * @returns {Promise<any>}
 */
export const run = async (name, ...given) => (await load(name)).default(core, ...given);

/**
 * index.js adds functions whose files import this one, the part `links` its own.
 * @type {typeof shared & typeof import("./sharing.js").sharing & {
 *   _change: (work: () => void) => void, _shareOrOpen: (widget: Widget) => Promise<any>,
 *   _onMove?: () => void, _coming?: Promise<void>|null}}
 */
export const core = /** @type {any} */ (shared);
