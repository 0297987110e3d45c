/*
 * The part `carry`, loaded where the site has other hosts (the setting `carry`) and somebody came with a token: links, forms and
 * scripts that lead there take the code along. Addresses are changed at the press, and never where the page has put a token of its own.
 */
import { tokenIn, withToken } from "./address.js";
import { core, take } from "./given.js";

/** A link that carries a visit to another host of the site is good for so long; later somebody has passed the address on. */
const CARRY_MS = 12e4;

/** A form has fields of these names in their place. */
const { getAttribute, setAttribute } = Element.prototype;

/** What was changed: its address before and after. @type {WeakMap<Element, string[]>} */
const changed = new WeakMap();

/** @param {typeof core} given */
export default function carry(given) {
  take(given);
  core._on(document, "pointerdown click auxclick contextmenu", (event) => {
    const link = event.composedPath().find((node) => /^(a|area)$/.test(node.localName) && node.hasAttribute("href"));
    if (link) pointElsewhere(link, "href");
  });
  core._on(document, "submit", ({ target, submitter }) => {
    const sender = submitter?.hasAttribute("formaction") ? submitter : target;
    if (methodOf(target, submitter) === "post") pointElsewhere(sender, sender === target ? "action" : "formaction");
  });
  core._on(document, "formdata", ({ target, formData }) => {
    const value = leadsElsewhere(addressIn(target, "action")) && methodOf(target) === "get" && carried();
    if (value) formData.set(core._settings.param, value);
  });
  core._on(window.navigation || document, "navigate", follow);
}

/** A script (`location = …`) or a `<meta http-equiv=refresh>` leads to another host: go there with the code. @param {any} event */
function follow(event) {
  const { url } = event.destination;
  const address = event.cancelable && !event.formData && !event.hashChange && withCode(url);
  if (!address || address === url) return;
  event.preventDefault();
  location[event.navigationType === "replace" ? "replace" : "assign"](address);
}

/**
 * A visit that began on another host of the site: links to the hosts in `carry` have the visit behind the token. Pure.
 * @param {string} token
 * @param {string} href the address with both
 * @param {number} at
 * @returns {Arrival|null} null where there is none, or where it is older than a way from page to page: then somebody passed the address on
 */
export function carriedArrival(token, href, at) {
  const [, visit, sent] = href.match(token + "\\.(\\w{28})\\.(\\w{8})") || [];
  return visit && Math.abs(at - parseInt(sent, 36)) < CARRY_MS ? { token, visit, visitor: "", at } : null;
}

/**
 * Go on with a visit that began on another host of the site, or look at the page like at any other. Only a link of such a host may
 * name a visit: whoever could choose it elsewhere would put their own in the place of what led this person here.
 * @param {typeof core._settings} settings
 * @param {string} href
 * @param {(carried: Arrival) => any} arrive
 * @param {() => any} look
 */
export function goOn(settings, href, arrive, look) {
  const isOurs = isAnotherHost(document.referrer, settings.carry);
  const arrival = isOurs && carriedArrival(tokenIn(href, settings.read), href, Date.now());
  return arrival ? arrive(arrival) : look();
}

/** @returns {string} the token and the visit behind it, with the time; the token alone before the visit counts */
function carried() {
  if (core._refused()) return "";
  const code = core._code();
  return code ? code + "." + Date.now().toString(36) : core._broughtToken();
}

/** Let an element lead to its host with the code, or without it where there is none any more. @param {Element} element @param {string} name of its attribute */
function pointElsewhere(element, name) {
  const now = addressIn(element, name);
  const [before, after] = changed.get(element) || [];
  const plain = now === after ? /** @type {string} */ (before) : now;
  const address = withCode(plain);
  if (!address || address === now) return;
  setAttribute.call(element, name, address);
  changed.set(element, [plain, address]);
}

/** @param {string} plain @returns {string} the address with the code, if there is one; "" where it needs none */
function withCode(plain) {
  const { param, carrier } = core._settings;
  if (!leadsElsewhere(plain) || tokenIn(plain, param)) return "";
  const value = carried();
  return value ? withToken(plain, param, value, carrier) : plain;
}

/** @param {Element} element @param {string} name @returns {string} */
function addressIn(element, name) {
  try {
    return new URL(getAttribute.call(element, name) || "", new Text().baseURI).href;
  } catch {
    return "";
  }
}

/** @param {string} address @returns {boolean} */
const leadsElsewhere = (address) => isAnotherHost(address, core._settings.carry);

/** @param {string} address @param {any} listed hosts as a list, or as text @returns {boolean} is it at another host of this site? */
function isAnotherHost(address, listed) {
  if (!/^https?:/.test(address)) return false;
  const { host, hostname } = new URL(address);
  const hosts = [].concat(listed).join(" ").split(/[\s,]+/);
  return host !== location.host && (hosts.includes(host) || hosts.includes(hostname));
}

/** @param {Element} form @param {Element|null} [submitter] */
function methodOf(form, submitter) {
  return (submitter?.getAttribute("formmethod") || getAttribute.call(form, "method") || "get").toLowerCase();
}
