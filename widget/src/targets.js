/*
 * Where a page can be passed along to. Pure. One row a target; to add one, add a row:
 *
 *   key: [name, address, limit]
 *
 * In the address {u} is the link, {p} the link without a token (for places that dislike one),
 * {t} the title, {x} the owner's text.
 * `limit` is what the place takes for title and link together, in characters. Places without one
 * take a title of TITLE_LIMIT with any link.
 */
import { cut } from "./text.js";

/** The first eight are shown where the owner names none. @type {Record<string, [string, string, number?]>} */
export const TARGETS = {
  email: ["Email", "mailto:?subject={t}&body={x}%0A%0A{u}"],
  whatsapp: ["WhatsApp", "https://wa.me/?text={t}%20{u}"],
  mastodon: ["Mastodon", "https://share.joinmastodon.org/#text={t}%0A%0A{u}"],
  bluesky: ["Bluesky", "https://bsky.app/intent/compose?text={t}%0A%0A{u}", 300],
  linkedin: ["LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={u}"],
  x: ["X", "https://x.com/intent/tweet?text={t}&url={u}"],
  facebook: ["Facebook", "https://www.facebook.com/sharer/sharer.php?u={u}"],
  reddit: ["Reddit", "https://www.reddit.com/submit?url={u}&title={t}"],
  threads: ["Threads", "https://www.threads.com/intent/post?text={t}&url={u}"],
  telegram: ["Telegram", "https://t.me/share/url?url={u}&text={t}"],
  hn: ["Hacker News", "https://news.ycombinator.com/submitlink?u={p}&t={t}"],
  shareopenly: ["Other networks…", "https://shareopenly.org/share/?url={u}&text={t}"],
};

const SHOWN = 8;
const TITLE_LIMIT = 200;
/** Between title and link stand two characters at most. */
const GAP = 2;

/**
 * The keys of the targets to show, in the owner's order.
 * @param {string} wanted keys, separated by spaces
 */
export function choose(wanted) {
  const known = wanted.split(" ").filter((key) => Object.hasOwn(TARGETS, key));
  return (known[0] ? known : Object.keys(TARGETS)).slice(0, SHOWN).concat("shareopenly");
}

/**
 * The address that opens a target with everything filled in.
 * @param {string} key
 * @param {import("./links.js").Page} page
 * @param {string} text
 */
export function hrefFor(key, { _url, _plain, _title }, text) {
  const [, address, limit = Infinity] = TARGETS[key];
  const title = cut(_title, Math.min(TITLE_LIMIT, limit - GAP - _url.length));
  const values = { u: _url, p: _plain, t: title, x: text };
  return (
    address
      .replace(/{(.)}/g, (_, name) => encodeURIComponent(values[name]))
      // Where there is no title or text, nothing stands before the link.
      .replace(/=(%20|%0A)+/, "=")
  );
}
