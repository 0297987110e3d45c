/*
 * Settings. The server bakes a site's settings into the script; the page may change them with
 * `along = { config: {…} }` before the script loads, and each element with its attributes.
 * Words that are not known here need no list: wherever a setting is read, any other word means the default.
 */

/**
 * @typedef {object} Settings
 * @property {string} [key] the site's key; without one nothing is ever kept or sent
 * @property {string} host origin of the Passalong server
 * @property {string} param name of the parameter that carries a token
 * @property {"on"|"ask"|"off"} [credit]
 * @property {"visit"|"window"|"none"} [remember]
 * @property {number} [days] how long `remember: "window"` remembers
 * @property {boolean} [consent] false: wait for along.consent(true)
 * @property {string} [look] @property {string} [size] @property {string} [native]
 * @property {string} [to] @property {string} [label] as the attributes of the same names
 */

/** @type {Settings} The server puts a JSON object where the string is. */
export const settings = { param: "ht", ..."__ALONG_SITE__", ...globalThis.along?.config };

/**
 * One setting of one element: its attribute, or what holds for the page.
 * @param {Element} host
 * @param {string} name
 * @returns {string}
 */
export function setting(host, name) {
  return host.getAttribute(name) || settings[name] || "";
}
