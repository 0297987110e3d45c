/*
 * Settings. The server bakes a site's settings into the script (a frozen version has only its tag's data attributes); the page may change them with
 * `along = { config: {…} }` before the script loads, and each element with its attributes. Words that are not known here need
 * no list: wherever a setting is read, any other word means the default.
 */

/**
 * @typedef {object} Settings
 * @property {string} [key] the site's key; without one nothing is ever kept or sent
 * @property {string} host origin of the Passalong server
 * @property {string} param name of the parameter that carries a token
 * @property {"on"|"ask"|"off"} credit
 * @property {"visit"|"window"|"none"} remember
 * @property {number} days how long `remember: "window"` remembers
 * @property {boolean|string} [consent] false: wait for along.consent(true)
 * @property {string} [place] a selector: where to put a button on a page without one
 * @property {string} [look] @property {string} [size] @property {string} [native] @property {string} [carrier]
 * @property {string} [to] @property {string} [label] @property {string} [open] @property {string} [quote]
 *   as the attributes of the same names
 */

/** The tag that loads the script; the other parts lie beside it. */
const tag = globalThis.document?.currentScript;
const source = tag?.src;

/** @type {Settings} The server puts a JSON object where the string is. */
export const settings = {
  param: "ht",
  remember: "visit",
  days: 30,
  ..."__ALONG_SITE__",
  ...tag?.dataset,
  ...globalThis.along?.config,
};

// "/_along" is the way through the owner's own domain; a frozen version lies one folder below its server.
// A script that was imported has no tag, but its host.
const from = source || globalThis.location?.href;
if (from) settings.host = new URL(settings.host || "..", from).href.replace(/\/$/, "");

/** @param {string} name @returns {string} the address of a file that belongs to this script; it has the mark of all of them */
export function fileOf(name) {
  return new URL(`${name}.js?${PARTS_HASH}`, source || settings.host + "/along/").href;
}

/**
 * One setting of one element: its attribute, or what holds for the page.
 * @param {Element} host
 * @param {string} name
 * @returns {string}
 */
export function setting(host, name) {
  return host.getAttribute(name) || settings[name] || "";
}
