/*
 * "Your credit", and "Change" for who is named: plain links whose one-time address is fetched when somebody is about to
 * follow them.
 */
import { core } from "./given.js";

/** A little less than the server's 15 minutes. */
const FRESH_MS = 6e5;

/**
 * @param {HTMLAnchorElement} anchor
 * @param {string} to where it leads: "privacy", or home
 * @param {() => void} onFailure
 */
export function armCredit(anchor, to, onFailure) {
  /** @type {Promise<void>|null} */
  let asked;
  let isReady = false;

  const reset = () => {
    asked = null;
    isReady = false;
    anchor.href = core._settings.host + "/me";
  };
  const ask = () =>
    (asked ||= core._send("/v1/credit", { site: core._settings.key, guest: core._guest(), to }).then(({ url }) => {
      if (!/^http/.test(url)) return reset();
      anchor.href = url;
      isReady = true;
      setTimeout(reset, FRESH_MS);
    }));

  reset();
  core._on(anchor, "pointerenter focus touchstart", ask);
  core._on(anchor, "click", async (event) => {
    // Good once: the browser takes the address now, and the next press gets another.
    if (isReady) return void setTimeout(reset);
    event.preventDefault();
    await ask();
    if (isReady) anchor.click();
    else onFailure();
  });
}
