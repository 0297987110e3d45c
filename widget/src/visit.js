/*
 * Arrivals: somebody came through a link with a token. Noticed once, when a person has looked,
 * noted once, remembered where the site says.
 */
import { pageOf, tokenIn } from "./address.js";
import { settings } from "./config.js";
import { plainAddress } from "./here.js";
import { randomId } from "./ids.js";
import { load } from "./load.js";
import { arrival, guest, keepArrival, learn } from "./memory.js";
import { outcomeNote, visitNote } from "./note.js";
import { refused } from "./refusal.js";
import { emit, safely } from "./safely.js";
import { whenSeen } from "./seen.js";
import { send } from "./send.js";
import { joinTabs, post } from "./tabs.js";

/** What a tab says that looks for a visit; an arrival is an answer, 0 says that it is to be forgotten. */
const ASK = 1;

/** The token this page view came with, even before a person has looked. */
let brought = "";
/** Done when a person has looked at the page that they came to. @type {Promise<void>|undefined} */
let arriving;

/**
 * What an address with a token means, given what is remembered. Pure.
 * @param {string} token
 * @param {Arrival|null} held
 * @param {() => string} makeId
 * @param {number} at
 * @returns {Arrival|null} null: nothing new (a reload, a step back)
 */
export function newArrival(token, held, makeId, at) {
  if (held?.token === token) return null;
  return { token, visit: makeId(), visitor: held?.visitor || makeId(), at };
}

/** Look at the address; called on every one the page comes to. @param {() => void} onArrival */
export function notice(onArrival) {
  const href = addressWithToken();
  const token = tokenIn(href, settings.read);
  // Inside a frame nobody chose to come here.
  if (!token || token === brought || window.top !== window) return;
  brought = token;
  const page = here();
  const at = Date.now();
  const arrive = safely((/** @type {Arrival|void} */ carried) => {
    const made = !refused() && token === brought && newArrival(token, arrival(), randomId, at);
    if (!made) return;
    keepArrival(carried || made);
    post(carried || made);
    onArrival();
    // The visit that was carried here was noted where it began.
    if (!carried) send("/v1/notes", visitNote(settings.key, made, page, guest()));
    emit(document, "arrive", { code: code() });
  });
  // Signs of a person count from now on, also those that come before the part does.
  const seen = whenSeen();
  const look = () => seen.then(arrive);
  // Behind the token may be a visit that began on another host of the site.
  arriving = href.includes(token + ".") ? load("carry").then((part) => part.goOn(settings, href, arrive, look), look) : look();
}

/** @returns {string} the page's address, or the one it was opened with where the page tidied it before the script came */
function addressWithToken() {
  const opened = performance.getEntriesByType("navigation")[0]?.name;
  return brought || !opened || tokenIn(location.href, settings.read) ? location.href : opened;
}

/** Let a visit span the site's open tabs, where nothing else remembers it. @param {() => void} onLearned */
export function spanTabs(onLearned) {
  if (settings.remember !== "visit") return;
  joinTabs((message) => {
    if (refused()) return;
    const held = arrival();
    if (message !== ASK) {
      learn(message);
      onLearned();
    } else if (held) post(held);
  });
  askTabs();
}

/** Ask the other tabs for a visit, where this one knows of none. */
export function askTabs() {
  if (!refused() && !arrival()) post(ASK);
}

/** @returns {string} the page, as the server is told */
function here() {
  return pageOf(plainAddress());
}

/** Consent was withdrawn or given: the address is to be looked at again. */
export function forgetVisit() {
  brought = "";
}

/** What goes with an order. @returns {string|null} */
export function code() {
  const held = refused() ? null : arrival();
  return held && held.token + "." + held.visit;
}

/**
 * "This person signed up." Told only of somebody who came with a token. On the page that they came to, it waits until a person has looked.
 * @param {string} goal
 */
export async function outcome(goal) {
  if (!refused() && !code()) await arriving;
  if (code()) send("/v1/notes", outcomeNote(settings.key, randomId(), /** @type {Arrival} */ (arrival()), goal, here()));
}

/** @returns {string} the token that this page view came with, "" where there is none */
export const broughtToken = () => brought;
