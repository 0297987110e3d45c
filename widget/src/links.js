/*
 * Links with a token, asked for when a person shows the intent to share and kept in memory until
 * the press. One request for a page; a no of any kind is not asked again in this page view.
 */
import { addressOf, isToken, pageOf, withToken, withoutToken } from "./address.js";
import { settings } from "./config.js";
import { randomId } from "./ids.js";
import { guest, keepGuest } from "./memory.js";
import { linkRequest, shareNote } from "./note.js";
import { refused } from "./refusal.js";
import { send } from "./send.js";
import { clean } from "./text.js";
import { cameBy } from "./visit.js";

/** @typedef {{_token: string, _guest: string, _name?: string, _answer?: Promise<void>}} Link */
/**
 * What would be shared at one moment.
 * @typedef {object} Page
 * @property {string} url the link, with a token if one has come
 * @property {string} plain the link without
 * @property {string} short the short link, "" where there is none
 * @property {string} title
 * @property {string} [name] of the person who gets the credit, where they gave one
 * @property {Link|null} [_link]
 */

/** @type {Record<string, Link>} */
let links = {};
/** Made for this page view; kept only when a link was used. */
let newGuest = "";
const told = new Set();

/**
 * What would be shared at this moment. The link may still be waiting for its token.
 * @param {string|null|undefined} said what the owner says is shared; the page itself if nothing
 * @param {string|null|undefined} name its title
 * @param {boolean} wanted with credit?
 * @param {string} [carrier] "hash", "hop", or anything else for the query
 * @returns {Page}
 */
export function compose(said, name, wanted, carrier) {
  const plain = withoutToken(addressOf(said, location.href, document.baseURI), settings.param);
  const title = clean(name || document.querySelector("meta[property='og:title']")?.content || document.title);
  const page = pageOf(plain);
  const _link = wanted && !refused() ? linkFor(page, title) : null;
  const token = _link?._token;
  // A short link leads to the page, not to a place in it.
  const short = token && page === plain ? settings.host + "/h/" + token : "";
  const url = !token ? plain : (carrier === "hop" && short) || withToken(plain, settings.param, token, carrier);
  return { url, plain, short, title, name: _link?._name, _link };
}

/**
 * Something was shared. If a link's token was in it, its guest is kept, only now, and the link confirmed.
 * @param {Link|null|undefined} link
 * @param {string} to key of the target
 * @param {string} text what was shared
 */
export function useLink(link, to, text) {
  const code = codeIn(link, text);
  if (!code || refused() || told.has(code + to)) return;
  told.add(code + to);
  keepGuest(link._guest);
  send("/v1/notes", shareNote(settings.key, randomId(), code, link._guest, to));
}

/** @returns {string|null} the link's token, if it has one and the text carries it */
export function codeIn(link, text) {
  return link?._token && text.includes(link._token) ? link._token : null;
}

export function forgetLinks() {
  links = {};
  newGuest = "";
}

function linkFor(page, title) {
  const secret = guest() || (newGuest ||= randomId());
  const { token, visitor } = cameBy();
  const name = page + " " + token + secret;
  if (!links[name]) {
    const link = (links[name] = { _token: "", _guest: secret });
    const request = linkRequest(settings.key, randomId(), secret, page, title, token, visitor);
    link._answer = send("/v1/links", request).then((answer) => {
      if (isToken(answer.token)) link._token = answer.token;
      if (answer.name) link._name = clean(answer.name + "");
    });
  }
  return links[name];
}
