/*
 * Arrivals: somebody came through a link with a token. Noticed once, when a person has looked,
 * noted once, remembered where the site says.
 */
import { pageOf, tokenIn, withoutToken } from "./address.js";
import { settings } from "./config.js";
import { randomId } from "./ids.js";
import { arrival, guest, keepArrival } from "./memory.js";
import { outcomeNote, visitNote } from "./note.js";
import { refused } from "./refusal.js";
import { emit, safely } from "./safely.js";
import { whenSeen } from "./seen.js";
import { send } from "./send.js";

/** The token this page view came with, even within its first second. */
let brought = "";

/**
 * What an address with a token means, given what is remembered. Pure.
 * @param {string} token
 * @param {import("./memory.js").Arrival|null} held
 * @param {() => string} makeId
 * @param {number} at
 * @returns {import("./memory.js").Arrival|null} null: nothing new (a reload, a step back)
 */
export function newArrival(token, held, makeId, at) {
  if (held?.token === token) return null;
  return { token, visit: makeId(), visitor: held?.visitor || makeId(), at };
}

/**
 * Looks at the address; called on every one the page comes to.
 * @param {() => void} onArrival
 */
export function notice(onArrival) {
  const token = tokenIn(location.href, settings.param);
  // Inside a frame nobody chose to come here.
  if (!token || token === brought || window.top !== window) return;
  brought = token;
  const page = here();
  whenSeen(
    safely(() => {
      const made = !refused() && token === brought && newArrival(token, arrival(), randomId, Date.now());
      if (!made) return;
      keepArrival(made);
      onArrival();
      emit(document, "arrive", { code: code() });
      return send("/v1/notes", visitNote(settings.key, made, page, guest()));
    }),
  );
}

/** @returns {string} the page, as the server is told */
function here() {
  return pageOf(withoutToken(location.href, settings.param));
}

/** Somebody withdrew or gave consent: the address is to be looked at afresh. */
export function forgetVisit() {
  brought = "";
}

/** What goes with an order. @returns {string|null} */
export function code() {
  const held = refused() ? null : arrival();
  return held && held.token + "." + held.visit;
}

/** "This person signed up." Told only of somebody who came with a token. @param {string} goal */
export function outcome(goal) {
  if (code()) send("/v1/notes", outcomeNote(settings.key, randomId(), arrival(), goal, here()));
}

/** What goes with the request for a link. @returns {{token?: string, visitor?: string}} */
export function cameBy() {
  const held = arrival();
  return { token: brought || held?.token, visitor: held?.visitor };
}
