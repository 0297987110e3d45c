/*
 * `window.along`: the one global. Every method may be called at any time and never throws.
 */
import { settings } from "./config.js";
import { openWidget } from "./element.js";
import { compose, forgetLinks, useLink } from "./links.js";
import { forget } from "./memory.js";
import { consent } from "./refusal.js";
import { safely } from "./safely.js";
import { code, forgetVisit } from "./visit.js";

/** @param {() => void} look looks at the address again */
export function createApi(look) {
  const api = {
    open: openWidget,
    async link({ url, title } = {}) {
      const wanted = settings.credit !== "off";
      const { _link } = compose(url, title, wanted);
      // Called while a person presses something, this is their share; at any other time it is not.
      const isPress = navigator.userActivation?.isActive;
      if (_link) await _link._answer;
      const { _url } = compose(url, title, wanted);
      if (isPress) useLink(_link, "link", _url);
      return _url;
    },
    code,
    consent(answer) {
      consent(answer);
      forgetVisit();
      if (!answer) api.forget();
      look();
    },
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
