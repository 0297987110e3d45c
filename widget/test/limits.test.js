/*
 * Every place and what it takes: one row a place, as its makers say it. Titles of all kinds go through each of them, and what arrives
 * is taken apart as the place would: whole link, no character cut, within the limit, nothing that ends a parameter early.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TARGETS, hrefFor } from "../src/targets.js";
import { clean } from "../src/text.js";

const LINK = "https://example.org/bees?a=1&b=%C3%A4%20x&ht=AAAAAAAAAAAAAAAAAAAAAAAAAAA#wax";
const PLAIN = "https://example.org/bees?a=1&b=%C3%A4%20x#wax";
const TITLE_ALONE = 200;

/**
 * Where the title and the link are found; what the place takes for both, in graphemes; and what it counts for a link (its own
 * length if nothing is said, 0 where the link has a field of its own).
 * @type {Record<string, {title?: string, link?: string, takes?: number, countsLink?: number, plain?: boolean}>}
 */
const PLACES = {
  email: { title: "subject", link: "body" },
  whatsapp: { title: "text", link: "text" },
  mastodon: { title: "#text", link: "#text", takes: 500, countsLink: 23 },
  bluesky: { title: "text", link: "text", takes: 300 },
  linkedin: { link: "url" },
  x: { title: "text", link: "url", takes: 280, countsLink: 23 },
  facebook: { link: "u" },
  reddit: { title: "title", link: "url", takes: 300, countsLink: 0 },
  sms: { title: "body", link: "body", takes: 160 },
  threads: { title: "text", link: "url", takes: 500 },
  telegram: { title: "text", link: "url", takes: 4096 },
  hn: { title: "t", link: "u", takes: 80, countsLink: 0, plain: true },
  lobsters: { title: "title", link: "url", plain: true },
  pinterest: { title: "description", link: "url", takes: 500, countsLink: 0 },
  tumblr: { title: "title", link: "canonicalUrl" },
  teams: { title: "msgText", link: "href" },
  line: { link: "url" },
  vk: { title: "title", link: "url" },
  ok: { title: "title", link: "url" },
  weibo: { title: "title", link: "url" },
  qzone: { title: "title", link: "url" },
  xing: { link: "url" },
  viber: { title: "text", link: "text" },
  flipboard: { title: "title", link: "url" },
  diaspora: { title: "title", link: "url" },
  shareopenly: { title: "text", link: "url" },
};

const FAMILY = "👨‍👩‍👧‍👦";
const TITLES = {
  "nothing at all": "",
  "what ends a parameter": "Bees & wax #1? 100 % = “all”; a+b / <i>&amp;</i> \"'`{u}{t}",
  "lines, tabs and control characters": "Bees\n\nin\twinter\r\n\u0000and\u200bmore\u2028still",
  "right to left": "النحل في الشتاء: كيف تبقى الخلية دافئة؟ שלום",
  "marks that turn the direction": "\u202eseeB\u202c \u2067نحل\u2069",
  "flags, families and accents": `${FAMILY}🏳️‍🌈🇺🇦é́́n̈`,
  "half a character": "Bees \ud83d and \udc1d",
  "five thousand letters": "bee ".repeat(1250),
  "five thousand families": FAMILY.repeat(1000),
  "one very long word": "b".repeat(5000),
};

const graphemes = (text) => [...new Intl.Segmenter().segment(text)].length;

/** What a place reads in one of its fields. */
function read(href, field) {
  const url = new URL(href);
  const text = field.startsWith("#") ? url.hash.slice(1) : url.search.slice(1);
  const pairs = text.split("&").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  const found = pairs.filter(([name]) => name === field.replace("#", ""));
  assert.equal(found.length, 1, `${field} in ${href}`);
  return decodeURIComponent(found[0][1]);
}

test("every place has its row, and every row its place", () => {
  assert.deepEqual(Object.keys(PLACES).sort(), Object.keys(TARGETS).sort());
});

for (const [key, { title, link, takes, countsLink, plain }] of Object.entries(PLACES)) {
  for (const [kind, given] of Object.entries(TITLES)) {
    test(`${key}: a title with ${kind}`, () => {
      const cleaned = clean(given);
      const href = hrefFor(key, { url: LINK, plain: PLAIN, short: "", title: cleaned }, { image: "https://example.org/a.png" });
      const wanted = plain ? PLAIN : LINK;
      const said = link ? read(href, link) : "";
      assert.ok(said.endsWith(wanted), `${wanted} is not whole in ${said}`);
      if (!title) return;
      const all = read(href, title);
      const sent = (title === link ? all.slice(0, -wanted.length) : all).trim();
      assert.ok(graphemes(sent) <= TITLE_ALONE);
      if (takes) {
        const gap = (countsLink ?? 1) && 2;
        assert.ok(graphemes(sent) + gap + (countsLink ?? wanted.length) <= takes, `${graphemes(sent)} and a link are over ${takes}`);
      }
      // What was cut has an ellipsis, and what is before it is the beginning of the title, whole characters only.
      if (sent !== cleaned) {
        assert.match(sent, /…$/);
        const kept = sent.slice(0, -1);
        assert.ok(cleaned.startsWith(kept));
        const next = [...new Intl.Segmenter().segment(cleaned)].find(({ index }) => index >= kept.length);
        assert.ok(!kept || next.index - kept.length <= 1, "a character was cut in two");
      }
      assert.doesNotMatch(sent, /[\p{Cc}\p{Cs}]/u);
    });
  }
}

test("a limit that nobody kept would be noticed", () => {
  const bluesky = TARGETS.bluesky[2];
  TARGETS.bluesky[2] = 5000;
  const long = "b".repeat(300);
  const href = hrefFor("bluesky", { url: LINK + "x".repeat(200), plain: PLAIN, short: "", title: long });
  TARGETS.bluesky[2] = bluesky;
  assert.ok(graphemes(read(href, "text")) > PLACES.bluesky.takes);
});
