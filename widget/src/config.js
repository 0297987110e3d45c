/*
 * Settings (types.d.ts lists them). The server bakes a site's settings into the script (a frozen version has only its tag's data
 * attributes); the page may change them with `along = { config: {…} }` before the script loads, and each element with its
 * attributes. Unknown values need no list: wherever a setting is read, any other word means the default.
 */

/** The tag that loads the script; the other parts lie beside it. A picture that is named `currentScript` stands in its place, and is none. */
const current = document.currentScript;
const { src: source, dataset } = /** @type {Partial<HTMLScriptElement>} */ (current instanceof HTMLScriptElement ? current : {});

/** The server puts a JSON object where the string is. What a page has put on every object is no setting. @type {Settings} */
export const settings = {
  // @ts-ignore
  __proto__: null,
  param: "ht",
  remember: "visit",
  days: 30,
  .../** @type {any} */ ("__ALONG_SITE__"),
  ...dataset,
  ...window.along?.config,
};

// Links of another programme carry their codes in parameters of its own (`(?:ht|via)`).
settings.read ||= settings.param;

// "/_along" is the way through the owner's own domain; a frozen version lies one folder below its server.
// A script that was imported has no tag, but its host.
settings.host = new URL(settings.host || "..", source || location.href).href.replace(/\/$/, "");

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
