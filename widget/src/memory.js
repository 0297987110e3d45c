/*
 * What the browser keeps: one key, three things. An arrival, where `remember` says; a guest's secret, in localStorage, once
 * Share was used; and a person's "Don't count me". What is read back is judged like a stranger's.
 */
import { isToken } from "./address.js";
import { settings } from "./config.js";
import { post } from "./tabs.js";

const KEY = "along";
const SECRET = /^[\w-]{22,64}$/;
const DAY_MS = 864e5;

/** @type {Arrival|null} */
let seen = null;

/** @returns {Arrival|null} the arrival that is remembered */
export function arrival() {
  return (seen ||= arrivalIn(read(place())));
}

/** @param {Arrival} made */
export function keepArrival(made) {
  seen = made;
  // Where nothing may remember it there is no such storage, and `keep` keeps nothing.
  keep(place(), made);
}

/** Take over what another tab knows: a visit, or nothing any more. @param {any} message */
export function learn(message) {
  const made = arrivalIn(Object(message));
  if (made && !(/** @type {Arrival} */ (arrival())?.at >= made.at)) keepArrival(made);
  if (message) return;
  seen = null;
  keep("sessionStorage");
}

/** @returns {string} the guest's secret, "" where none is kept */
export function guest() {
  const kept = read("localStorage").guest;
  return SECRET.test(kept) ? kept : "";
}

/** Everything but a no: that is nothing about a person, and must outlive a consent tool's changes of mind. */
export function forget() {
  leave({ no: saidNo() });
}

/** @returns {boolean} did this person say "Don't count me"? */
export function saidNo() {
  return !!read("localStorage").no;
}

/** Nothing but this, and where it is empty, nothing at all. */
export function leave(record) {
  post(0);
  seen = null;
  keep("sessionStorage");
  keep("localStorage");
  for (const name in record) if (record[name]) keep("localStorage", { [name]: record[name] });
}

/** @returns {string|undefined} the storage of arrivals, by name: the mere mention may throw */
function place() {
  return { visit: "sessionStorage", window: "localStorage" }[settings.remember];
}

function arrivalIn({ token, visit, visitor, at }) {
  return isToken(token) && at > Date.now() - settings.days * DAY_MS ? { token, visit, visitor, at } : null;
}

function read(name) {
  try {
    return Object(JSON.parse(/** @type {any} */ (window)[name].getItem(KEY)));
  } catch {
    // Forbidden, or somebody else's nonsense.
    return {};
  }
}

/** Adds to what is kept; without a record, keeps nothing any more. */
export function keep(name, record) {
  try {
    if (record) /** @type {any} */ (window)[name].setItem(KEY, JSON.stringify({ ...read(name), ...record }));
    else /** @type {any} */ (window)[name].removeItem(KEY);
  } catch {
    // Full or forbidden: this page view has its own copy.
  }
}
