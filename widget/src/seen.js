/*
 * Is a person there? Pages are opened by previews, prefetches, in background tabs, and by e-mail scanners, which run scripts and
 * stay; only one that was visible for a whole second, and where somebody moved, scrolled, touched or typed, counts as seen.
 */
import { on } from "./safely.js";

const LOOK_MS = 1000;
/**
 * What a page cannot do to itself: focus and `scroll` are trusted even where a script causes them. A touch is a `pointerdown`; a
 * screen reader presses by `click` alone. No browser waits for what listens to a wheel at the window.
 */
const SIGNS = "pointermove pointerdown click keydown wheel";

/** One sign is enough for a page view. @type {Promise<any>|undefined} */
let person;

/** @returns {Promise<any>} done when a person has looked; its value is nothing */
export function whenSeen() {
  let timer;
  const looked = new Promise((done) => {
    const look = () => {
      clearTimeout(timer);
      // A picture that is named `hidden` stands in its place; somebody who moves sees the page.
      if (document.hidden !== true) timer = setTimeout(done, LOOK_MS);
    };
    on(document, "visibilitychange", look);
    look();
  });
  person ||= new Promise((found) => on(window, SIGNS, (event) => isByPerson(event) && found(0)));
  return looked.then(() => person);
}

/**
 * A page that appears or changes under a still pointer is told of a move as well, by nothing. "Don't count me" (its part is called
 * `out`) must not be what counts somebody.
 * @param {any} event
 */
function isByPerson(event) {
  return event.isTrusted && (event.movementX || event.movementY || event.type !== "pointermove") && event.composedPath()[0].part + "" !== "out";
}
