/* Entry of the script: configure, notice a visit, draw, listen. */
import { createApi, replay } from "./api.js";
import { defineCompanions, thank } from "./companions.js";
import { settings } from "./config.js";
import { core, run } from "./core.js";
import { NAME, defineElement, place } from "./element.js";
import { fillForm } from "./forms.js";
import { shareOrOpen } from "./opening.js";
import { on, safely } from "./safely.js";
import { askTabs, broughtToken, code, forgetVisit, notice, spanTabs } from "./visit.js";

/** @type {Promise<any>} */
let carrying;
/** Links to the site's other hosts have something to carry as soon as somebody came with a token. */
const carry = () => settings.carry && (broughtToken() || code()) && (carrying ||= run("carry").catch(String));
const look = safely(() => {
  notice(carry);
  carry();
  return thank();
});
/** The page has another address now. */
const moved = () => {
  core._onMove?.();
  return look();
};

/** A person changed what may be recorded: look at everything again. @param {() => void} work */
const change = (work) => {
  work();
  forgetVisit();
  core._forgetLinks?.();
  look();
  askTabs();
};

// A second copy of the script on a page does nothing.
if (!customElements.get(NAME)) {
  const early = window.along;
  core._change = change;
  core._shareOrOpen = shareOrOpen;
  window.along = createApi(moved, change, early);
  look();
  safely(spanTabs)(look);
  safely(defineElement)();
  safely(defineCompanions)();
  safely(replay)(early?.q);
  // A mistyped setting most likely: the part names it.
  const isOdd = early?.constructor === Object && Object.keys(early).some((key) => key !== "q" && !(key in window.along));
  if (isOdd || /[?&]along-debug/.test(location.search)) window.along.explain();

  on(document, "formdata submit", (event) => fillForm(event, settings.param, code()));
  on(document, "DOMContentLoaded", () => {
    place();
    return look();
  });
  on(window, "pageshow", look);
  // An element with that id is in the place of what a browser does not have.
  on(window.navigation?.currentEntry ? navigation : window, "currententrychange popstate hashchange", moved);
  if (document.readyState !== "loading") safely(place)();
}
