/*
 * A person's no. Global Privacy Control and "Don't count me" always win; a consent tool may say no, or yes where the
 * site waits for it. Refused means: nothing kept, nothing sent, and a plain link that still works.
 */
import { settings } from "./config.js";
import { saidNo } from "./memory.js";

// `along.consent = false` and `along.config.consent = false` both say it; a data attribute can only say it in letters.
let consented = !/^false,|,false$/.test(String([settings.consent, window.along?.consent]));

/** @param {boolean} answer */
export function consent(answer) {
  consented = answer;
}

/** @returns {boolean} must nothing be kept or sent? */
export function refused() {
  return !consented || !settings.key || !!navigator.globalPrivacyControl || saidNo();
}
