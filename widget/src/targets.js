/*
 * Where a page can be passed along to. Pure. One row a target; to add one, add a row:
 *
 *   key: [name, address, limit, link]
 *
 * In the address {u} is the link, {p} the link without a token (for places that dislike one), {h} the short link where the page's
 * own description would lose the token, {t} the title, {x} the owner's text, {i} the picture, {g} the hashtags as a reader sees them, {k} as a
 * list with commas, {v} the account that the page speaks for. Parameters of which {g}, {k} or {v} would be all, and is empty, are left out.
 * `limit` is what the place takes for title and link together, in what a reader sees as one character; `link` is what it counts
 * for any link, where that is not its length. A place without a limit takes a title of TITLE_LIMIT with any link.
 */
import { cut } from "./text.js";

/** @type {Record<string, [string, string, number?, number?]>} */
const EIGHT = {
  email: ["", "mailto:?subject={t}&body={x}%0A%0A{u}"],
  whatsapp: ["WhatsApp", "https://wa.me/?text={t}%20{u}"],
  mastodon: ["Mastodon", "https://share.joinmastodon.org/#text={t}%0A%0A{u}{g}", 500, 23],
  bluesky: ["Bluesky", "https://bsky.app/intent/compose?text={t}%0A%0A{u}{g}", 300],
  linkedin: ["LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={h}"],
  x: ["X", "https://x.com/intent/tweet?text={t}&url={u}&hashtags={k}&via={v}", 280, 23],
  facebook: ["Facebook", "https://www.facebook.com/sharer/sharer.php?u={h}"],
  reddit: ["Reddit", "https://www.reddit.com/submit?url={u}&title={t}", 300, 0],
};

/** The first eight are shown where the owner names none. @type {Record<string, [string, string, number?, number?]>} */
export const TARGETS = {
  ...EIGHT,
  sms: ["", "sms:?&body={t}%20{u}", 160],
  threads: ["Threads", "https://www.threads.com/intent/post?text={t}{g}&url={u}", 500],
  telegram: ["Telegram", "https://t.me/share/url?url={u}&text={t}{g}", 4096],
  hn: ["Hacker News", "https://news.ycombinator.com/submitlink?u={p}&t={t}", 80, 0],
  lobsters: ["Lobsters", "https://lobste.rs/stories/new?url={p}&title={t}"],
  pinterest: ["Pinterest", "https://www.pinterest.com/pin/create/button/?url={u}&media={i}&description={t}", 500, 0],
  tumblr: [
    "Tumblr",
    "https://www.tumblr.com/widgets/share/tool?posttype=link&canonicalUrl={u}&title={t}&caption={x}&tags={k}",
  ],
  teams: ["Microsoft Teams", "https://teams.microsoft.com/share?href={u}&msgText={t}"],
  line: ["LINE", "https://social-plugins.line.me/lineit/share?url={u}"],
  vk: ["VK", "https://vk.com/share.php?url={u}&title={t}"],
  ok: ["OK", "https://connect.ok.ru/offer?url={u}&title={t}"],
  weibo: ["微博 Weibo", "https://service.weibo.com/share/share.php?url={u}&title={t}"],
  qzone: ["QQ空间 Qzone", "https://sns.qzone.qq.com/cgi-bin/qzshare/cgi_qzshare_onekey?url={u}&title={t}"],
  xing: ["XING", "https://www.xing.com/spi/shares/new?url={u}"],
  viber: ["Viber", "viber://forward?text={t}%20{u}"],
  flipboard: ["Flipboard", "https://share.flipboard.com/bookmarklet/popout?v=2&title={t}&url={u}"],
  diaspora: ["diaspora*", "https://share.diasporafoundation.org/?url={u}&title={t}"],
  shareopenly: ["", "https://shareopenly.org/share/?url={u}&text={t}"],
};

const TITLE_LIMIT = 200;
/** Programs cut longer addresses off, and the link stands at the end. */
const ADDRESS_LIMIT = 2000;
const OPENS_PROGRAM = /^(mailto|sms|viber)|\/wa\.me/;
/** Between title and link stand two characters at most. */
const GAP = 2;
/** So much of a title is worth more than hashtags. */
const LEAST_TITLE = 40;
/** " via @". */
const VIA = 6;

/** A key is a word; an address opens a page or a mail, and runs nothing. */
const OWN_KEY = /^[\w-]+$/;
const OWN_ADDRESS = /^(https?:|mailto:|sms:)/i;

/** What goes into an address besides the page. @typedef {{text?: string, image?: string, isShort?: boolean, hashtags?: string, via?: string, own?: Record<string, Target>}} More */
/** @typedef {[string, string, number?, number?]} Target */

/**
 * The places that an owner adds. What is no name and address is left out.
 * @param {any} said an object by key, or the same as JSON
 * @returns {Record<string, Target>}
 */
export function ownTargets(said) {
  try {
    const rows = Object.entries(Object(typeof said === "string" ? JSON.parse(said) : said));
    return Object.fromEntries(rows.filter(([key, row]) => OWN_KEY.test(key) && OWN_ADDRESS.test(row?.[1])));
  } catch {
    return {};
  }
}

/** @param {string} key @param {Record<string, Target>} [own] @returns {Target} */
export const targetOf = (key, own) => TARGETS[key] || own?.[key];

/**
 * The keys of the targets to show, in the owner's order; a place that needs a picture or a telephone only where there is one.
 * @param {string} wanted keys, separated by spaces
 * @param {{image?: string, isTouch?: boolean, own?: Record<string, Target>}} [has]
 */
export function choose(wanted, { image, isTouch, own = {} } = {}) {
  const isKnown = (key) => Object.hasOwn(TARGETS, key) || Object.hasOwn(own, key);
  const fits = (key) => isKnown(key) && (key !== "pinterest" || image) && (key !== "sms" || isTouch) && key !== "shareopenly";
  const known = [...new Set(wanted.split(" "))].filter(fits);
  return known[0] ? known : Object.keys(EIGHT);
}

/**
 * The address that opens a target with everything filled in. Where it would grow too long the owner's text goes first, then
 * the end of the title; never the link.
 * @param {string} key
 * @param {Page} page
 * @param {More} [more]
 */
export function hrefFor(key, page, { text = "", image = "", isShort, hashtags = "", via = "", own } = {}) {
  const [, address, limit, linkLength = page.url.length] = targetOf(key, own);
  const tags = hashtags.match(/[^\s,#]+/g) || [];
  const [v = ""] = via.match(/\w+/) || [];
  const g = tags.map((tag) => " #" + tag).join("");
  const size = (/{[gk]}/.test(address) ? g.length : 0) + (v && address.includes("{v}") ? VIA + v.length : 0);
  const free = limit ? limit - (linkLength && linkLength + GAP) : TITLE_LIMIT;
  // Hashtags never push the title out, nor the link.
  const isTagged = free - size >= LEAST_TITLE;
  const link = { u: page.url, p: page.plain, h: (isShort && page.short) || page.url, i: image };
  const marks = isTagged && { g, k: tags.join(), v };
  const fill = (length, x) => {
    const values = { ...link, ...marks, t: cut(page.title, length), x };
    return (
      address
        .replace(/&\w+={([kv])}/g, (all, name) => (values[name] ? all : ""))
        .replace(/{(.)}/g, (_, name) => encodeURIComponent(values[name] ?? ""))
        // Where there is no title or text, nothing stands before the link.
        .replace(/=(%20|%0A)+/, "=")
    );
  };
  let room = Math.max(0, Math.min(TITLE_LIMIT, limit && isTagged ? free - size : free));
  let href = fill(room, text);
  const isLong = () => href.length > ADDRESS_LIMIT && OPENS_PROGRAM.test(address);
  if (isLong()) href = fill(room, "");
  while (isLong() && room > 0) href = fill((room = Math.max(0, room - 10)), "");
  return href;
}
