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

/** @param {() => void} work done once, when a person has looked @returns {Promise<void>} */
export function whenSeen(work) {
  let timer;
  const looked = new Promise((done) => {
    const look = () => {
      clearTimeout(timer);
      if (!document.hidden && !document.prerendering) timer = setTimeout(done, LOOK_MS);
    };
    on(document, "visibilitychange prerenderingchange", look);
    look();
  });
  person ||= new Promise((found) => on(window, SIGNS, (event) => isByPerson(event) && found(0)));
  return Promise.all([looked, person]).then(() => work());
}

/**
 * A page that appears or changes under a still pointer is told of a move as well, by nothing. "Don't count me" (its part is called
 * `out`) must not be what counts somebody.
 * @param {any} event
 */
function isByPerson(event) {
  return event.isTrusted && (event.movementX || event.movementY || event.type !== "pointermove") && event.composedPath()[0].part + "" !== "out";
}
