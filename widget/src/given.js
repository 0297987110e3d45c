/* What the lazy parts were given by the first script (see core.js). */

/** @type {typeof import("./core.js").core} */
export let core;

/** @param {typeof core} given */
export function take(given) {
  core = given;
}
