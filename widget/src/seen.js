/*
 * Is a person looking? Pages are opened by previews, prefetches and in background tabs; only one
 * that was visible for a whole second counts as seen.
 */
import { on } from "./safely.js";

const LOOK_MS = 1000;

/** @param {(...none: any[]) => void} work done once, when a person has looked */
export function whenSeen(work) {
  let timer, isDone;
  const look = () => {
    clearTimeout(timer);
    if (isDone || document.hidden || document.prerendering) return;
    timer = setTimeout(() => {
      isDone = true;
      work();
    }, LOOK_MS);
  };
  on(document, "visibilitychange prerenderingchange", look);
  look();
}
