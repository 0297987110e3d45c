/*
 * `window.along`: the one global. Every method may be called at any time and never throws. What was called before the script
 * came stands in `along.q` and is done now.
 */
import { settings } from "./config.js";
import { core, run } from "./core.js";
import { openWidget } from "./element.js";
import { plainAddress } from "./here.js";
import { forget } from "./memory.js";
import { loadLinks } from "./opening.js";
import { consent } from "./refusal.js";
import { safely } from "./safely.js";
import { code, outcome } from "./visit.js";

/**
 * @param {() => void} moved looks at the address again
 * @param {(work: () => void) => void} change does what changes how much may be known
 * @param {any} early what the page put there before the script
 */
export function createApi(moved, change, early) {
  /** @type {Record<string, any>} */
  const api = {
    open: openWidget,
    async link(/** @type {{url?: string, title?: string}} */ what = {}) {
      // Called while a person presses something, this is their share; at any other time it is not.
      const isPress = navigator.userActivation?.isActive;
      await loadLinks().catch(String);
      return core._linkFrom ? core._linkFrom(what, isPress) : plainAddress(what.url);
    },
    code,
    outcome,
    consent: (answer) =>
      change(() => {
        consent(answer);
        if (!answer) forget();
      }),
    forget() {
      forget();
      core._forgetLinks?.();
      moved();
    },
    moved,
    explain: () => run("explain", early),
  };
  for (const name in api) api[name] = safely(api[name]);
  return { config: settings, ...api };
}

/**
 * Does what was asked before there was anybody to do it.
 * @param {[name: string, args: any[], done?: (result: any) => void][]} [calls]
 */
export function replay(calls) {
  for (const [name, given, done] of calls || []) {
    const result = window.along[name]?.(...given);
    done?.(result);
  }
}
