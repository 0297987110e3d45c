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
  const { guest, on, send, settings } = core;
  let asked, isReady;

  const reset = () => {
    asked = isReady = false;
    anchor.href = settings.host + "/me";
  };
  const ask = () =>
    (asked ||= send("/v1/credit", { site: settings.key, guest: guest(), to }).then(({ url }) => {
      if (!/^http/.test(url)) return reset();
      anchor.href = url;
      isReady = true;
      setTimeout(reset, FRESH_MS);
    }));

  reset();
  on(anchor, "pointerenter focus touchstart", ask);
  on(anchor, "click", async (event) => {
    // Good once: the browser takes the address now, and the next press gets another.
    if (isReady) return void setTimeout(reset);
    event.preventDefault();
    await ask();
    if (isReady) anchor.click();
    else onFailure();
  });
}
