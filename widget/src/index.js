/*
 * The script, read aloud: configure, notice a visit, draw, listen.
 */
import { createApi, replay } from "./api.js";
import { thank, watchSelection } from "./companions.js";
import { settings } from "./config.js";
import { core } from "./core.js";
import { NAME, defineElement, place } from "./element.js";
import { fillForms } from "./forms.js";
import { forgetLinks } from "./links.js";
import { sayNo } from "./memory.js";
import { on, safely } from "./safely.js";
import { code, forgetVisit, notice } from "./visit.js";

const fill = () => fillForms(settings.param, code());
const look = safely(() => {
  notice(fill);
  fill();
  return thank();
});

/** A person changed what may be known: everything is looked at afresh. */
const change = (work) => {
  work();
  forgetVisit();
  forgetLinks();
  look();
};

// A second copy of the script on a page does nothing.
if (!customElements.get(NAME)) {
  const early = window.along?.q;
  core.optOut = (no) => change(() => sayNo(no));
  window.along = createApi(look, change);
  look();
  safely(defineElement)();
  safely(replay)(early);
  watchSelection();

  on(document, "DOMContentLoaded", () => {
    place();
    return look();
  });
  on(document, "submit", fill);
  on(window, "pageshow", look);
  on(window.navigation || window, "currententrychange popstate hashchange", look);
  if (document.readyState !== "loading") safely(place)();
}
