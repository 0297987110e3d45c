/*
 * `window.along`: the one global. Every method may be called at any time and never throws. What was called before the script
 * came stands in `along.q` and is done now.
 */
import { settings } from "./config.js";
import { openWidget } from "./element.js";
import { compose, forgetLinks, useLink } from "./links.js";
import { forget } from "./memory.js";
import { consent } from "./refusal.js";
import { safely } from "./safely.js";
import { code, outcome } from "./visit.js";

/**
 * @param {() => void} look looks at the address again
 * @param {(work: () => void) => void} change does what changes how much may be known
 */
export function createApi(look, change) {
  const api = {
    open: openWidget,
    async link({ url, title } = {}) {
      const make = () => compose(url, title, settings.credit !== "off", settings.carrier);
      // Called while a person presses something, this is their share; at any other time it is not.
      const isPress = navigator.userActivation?.isActive;
      await make()._link?._answer;
      const page = make();
      if (isPress) useLink(page._link, "link", page.url);
      return page.url;
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
      forgetLinks();
      look();
    },
    moved: look,
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
