/*
 * Open tabs of the site talk to each other, where nothing that outlives them may remember a visit. Nothing is stored on the
 * way, and nothing leaves the browser.
 */
import { on } from "./safely.js";

/** @type {BroadcastChannel|undefined} */
let channel;

/** @param {any} message to the other tabs */
export function post(message) {
  channel?.postMessage(message);
}

/** @param {(message: any) => void} hear */
export function joinTabs(hear) {
  const join = () => {
    channel = new BroadcastChannel("along");
    on(channel, "message", ({ data }) => hear(data));
  };
  join();
  // A page with an open channel may not be kept for going back.
  on(window, "pagehide", () => channel?.close());
  on(window, "pageshow", ({ persisted }) => persisted && join());
}
