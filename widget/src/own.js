/* What a person does with what the browser keeps of them, for the parts in which they do it: share, and say no. */
import { core } from "./given.js";

/**
 * A secret that is already kept stays: earlier credit hangs on it. The server alone replaces one.
 * @param {string} secret
 * @param {string} was the one that it replaces, "" for none
 */
export function keepGuest(secret, was) {
  if (core._guest() === was) core._keep("localStorage", { guest: secret });
}

/** @param {boolean} no Takes the arrival away, either way; credit of one's own stays. */
export function sayNo(no) {
  core._change(() => core._leave({ no, guest: core._guest() }));
}
