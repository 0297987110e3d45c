/*
 * The script, read aloud: configure, notice a visit, draw, listen.
 */
import { createApi, replay } from "./api.js";
import { settings } from "./config.js";
import { NAME, defineElement } from "./element.js";
import { fillForms } from "./forms.js";
import { on, safely } from "./safely.js";
import { code, notice } from "./visit.js";

const fill = () => fillForms(settings.param, code());
const look = safely(() => {
  notice(fill);
  fill();
});

// A second copy of the script on a page does nothing.
if (!customElements.get(NAME)) {
  const early = window.along?.q;
  window.along = createApi(look);
  look();
  safely(defineElement)();
  safely(replay)(early);

  on(document, "DOMContentLoaded submit", fill);
  on(window, "pageshow", look);
  on(window.navigation || window, "currententrychange popstate hashchange", look);
}
