/*
 * For the parts that are loaded later: what the first script gave them (see core.js).
 */

/** @type {typeof import("./core.js").core} */
export const core = /** @type {any} */ ({});

/** @param {typeof core} given */
export function take(given) {
  Object.assign(core, given);
}
