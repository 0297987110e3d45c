/*
 * Links with a token, asked for when a person shows the intent to share and kept in memory until the press.
 * One request for a page; a refusal of any kind is not asked again in this page view.
 */
import { canonicalOf, isToken, namesOf, pageOf, withToken, without } from "./address.js";
import { core } from "./given.js";
import { randomId } from "./ids.js";
import { linkRequest, shareNote } from "./note.js";
import { keepGuest } from "./own.js";
import { clean } from "./text.js";
import { TRACKING } from "./tracking.js";

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
  const { host, param, drop } = core._settings;
  const canonical = /** @type {HTMLLinkElement|null} */ (document.querySelector("link[rel=canonical]"));
  const address = core._plainAddress(said, canonicalOf(location.href, canonical?.href));
  const plain = without(address, namesOf(drop ?? TRACKING));
  const meta = /** @type {HTMLMetaElement|null} */ (document.querySelector("meta[property='og:title']"));
  const title = clean(name || meta?.content || document.querySelector("title")?.text || "");
  const page = pageOf(plain);
  const _link = wanted && !core._refused() ? linkFor(page, title) : null;
  const token = _link?._token;
  // A short link leads to the page, not to a place in it.
  const short = token && page === plain ? host + "/h/" + token : "";
  const url = !token ? plain : (carrier === "hop" && short) || withToken(plain, param, token, carrier);
  return { url, plain, short, title, name: _link?._name, _link };
}

/**
 * The address for `along.link()`, with a token where one comes.
 * @param {{url?: string, title?: string}} what
 * @param {boolean} isPress is this a person's share? It is when they pressed something.
 */
export async function linkFrom({ url, title }, isPress) {
  const { credit, carrier } = core._settings;
  const make = () => compose(url, title, credit !== "off", carrier);
  await make()._link?._answer;
  const page = make();
  if (isPress) useLink(page._link, "link", page.url);
  return page.url;
}

/**
 * Report a share. If a link's token was in it, its guest is kept, only now, and the link confirmed.
 * @param {Link|null|undefined} link
 * @param {string} to key of the target
 * @param {string} text what was shared
 */
export function useLink(link, to, text) {
  const code = codeIn(link, text);
  if (!code || core._refused() || told.has(code + to)) return;
  const { _guest, _was } = /** @type {Link} */ (link);
  told.add(code + to);
  keepGuest(_guest, _was);
  core._send("/v1/notes", shareNote(core._settings.key, randomId(), code, _guest, to));
}

/** @param {Link|null|undefined} link @param {string} text @returns {string|null} the link's token, if it has one and the text carries it */
export function codeIn(link, text) {
  return link?._token && text.includes(link._token) ? link._token : null;
}

export function forgetLinks() {
  links = {};
  newGuest = "";
}

/** No token will come. The owner is told why, except of a person's own no (403 without a name). @param {Link} link @param {any} answer */
function refuse(link, { error, message = error.message }) {
  link._isRefused = true;
  if (error.status === 403) return;
  core._emit(document, "error", { message });
  if (!told.has(message)) console.warn(`Passalong: ${message}`);
  told.add(message);
}

/** @param {string} page @param {string} title @returns {Link} asked for once in a page view */
function linkFor(page, title) {
  const secret = core._guest() || (newGuest ||= randomId());
  const held = core._arrival();
  const token = core._broughtToken() || held?.token;
  const name = page + " " + token + secret;
  if (!links[name]) {
    /** @type {Link} */
    const link = (links[name] = { _token: "", _guest: secret, _was: "" });
    const request = { site: core._settings.key, id: randomId(), guest: secret, page, title, parent: token, visitor: held?.visitor };
    link._answer = core._send("/v1/links", linkRequest(request)).then((answer) => {
      if (isToken(answer.token)) link._token = answer.token;
      link._isTry = answer.tried;
      // This browser was moved to another account: it shares for a new guest from now on.
      if (answer.guest) [link._guest, link._was] = [answer.guest, secret];
      if (answer.error) refuse(link, answer);
      if (answer.name) link._name = clean(answer.name + "");
    });
  }
  return links[name];
}
