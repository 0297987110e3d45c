/*
 * Where a page can be passed along to. Pure. One row a target; to add one, add a row:
 *
 *   key: [name, address, limit, link]
 *
 * In the address {u} is the link, {p} the link without a token (for places that dislike one), {h} the short link where the page's
 * own description would lose the token, {t} the title, {x} the owner's text, {i} the picture.
 * `limit` is what the place takes for title and link together, in what a reader sees as one character; `link` is what it counts
 * for any link, where that is not its length. A place without a limit takes a title of TITLE_LIMIT with any link.
 */
import { cut } from "./text.js";

const EIGHT = {
  email: ["", "mailto:?subject={t}&body={x}%0A%0A{u}"],
  whatsapp: ["WhatsApp", "https://wa.me/?text={t}%20{u}"],
  mastodon: ["Mastodon", "https://share.joinmastodon.org/#text={t}%0A%0A{u}", 500, 23],
  bluesky: ["Bluesky", "https://bsky.app/intent/compose?text={t}%0A%0A{u}", 300],
  linkedin: ["LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={h}"],
  x: ["X", "https://x.com/intent/tweet?text={t}&url={u}", 280, 23],
  facebook: ["Facebook", "https://www.facebook.com/sharer/sharer.php?u={h}"],
  reddit: ["Reddit", "https://www.reddit.com/submit?url={u}&title={t}", 300, 0],
};

/** The first eight are shown where the owner names none. @type {Record<string, [string, string, number?, number?]>} */
export const TARGETS = {
  ...EIGHT,
  sms: ["", "sms:?&body={t}%20{u}", 160],
  threads: ["Threads", "https://www.threads.com/intent/post?text={t}&url={u}", 500],
  telegram: ["Telegram", "https://t.me/share/url?url={u}&text={t}", 4096],
  hn: ["Hacker News", "https://news.ycombinator.com/submitlink?u={p}&t={t}", 80, 0],
  lobsters: ["Lobsters", "https://lobste.rs/stories/new?url={p}&title={t}"],
  pinterest: ["Pinterest", "https://www.pinterest.com/pin/create/button/?url={u}&media={i}&description={t}", 500, 0],
  tumblr: [
    "Tumblr",
    "https://www.tumblr.com/widgets/share/tool?posttype=link&canonicalUrl={u}&title={t}&caption={x}",
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

const SHOWN = 8;
const TITLE_LIMIT = 200;
/** Programs cut longer addresses off, and the link stands at the end. */
const ADDRESS_LIMIT = 2000;
const OPENS_PROGRAM = /^(mailto|sms|viber)|\/wa\.me/;
/** Between title and link stand two characters at most. */
const GAP = 2;

/**
 * The keys of the targets to show, in the owner's order; a place that needs a picture or a telephone only where there is one.
 * @param {string} wanted keys, separated by spaces
 * @param {{image?: string, isTouch?: boolean}} [has]
 */
export function choose(wanted, { image, isTouch } = {}) {
  const fits = (key) => Object.hasOwn(TARGETS, key) && (key !== "pinterest" || image) && (key !== "sms" || isTouch);
  const known = wanted.split(" ").filter((key) => fits(key) && key !== "shareopenly");
  return (known[0] ? known : Object.keys(EIGHT)).slice(0, SHOWN);
}

/**
 * The address that opens a target with everything filled in. Where it would grow too long the owner's text goes first, then
 * the end of the title; never the link.
 * @param {string} key
 * @param {import("./links.js").Page} page
 * @param {{text?: string, image?: string, isShort?: boolean}} [more]
 */
export function hrefFor(key, page, { text = "", image = "", isShort } = {}) {
  const [, address, limit, linkLength = page.url.length] = TARGETS[key];
  const room = limit ? limit - (linkLength && linkLength + GAP) : TITLE_LIMIT;
  const link = { u: page.url, p: page.plain, h: (isShort && page.short) || page.url, i: image };
  const fill = (size, x) => {
    const values = { ...link, t: cut(page.title, size), x };
    return (
      address
        .replace(/{(.)}/g, (_, name) => encodeURIComponent(values[name]))
        // Where there is no title or text, nothing stands before the link.
        .replace(/=(%20|%0A)+/, "=")
    );
  };
  let size = Math.max(0, Math.min(TITLE_LIMIT, room));
  let href = fill(size, text);
  const isLong = () => href.length > ADDRESS_LIMIT && OPENS_PROGRAM.test(address);
  if (isLong()) href = fill(size, "");
  while (isLong() && size > 0) href = fill((size = Math.max(0, size - 10)), "");
  return href;
}
