import assert from "node:assert/strict";
import { test } from "node:test";
import { TARGETS, choose, hrefFor } from "../src/targets.js";
import { cut, clean } from "../src/text.js";

const page = {
  _url: "https://example.org/bees?a=1&ht=AAAAAAAAAAAAAAAAAAAAAAAAAAA",
  _plain: "https://example.org/bees?a=1",
  _title: "Bees & wax, 100 %",
};
const length = (text) => [...new Intl.Segmenter().segment(text)].length;

for (const key of Object.keys(TARGETS)) {
  test(`${key} gets the link whole, and no placeholder is left`, () => {
    const href = hrefFor(key, page, "");
    assert.ok(href.includes(encodeURIComponent(key === "hn" ? page._plain : page._url)), href);
    assert.doesNotMatch(href, /[{}]|undefined|null/);
    assert.doesNotThrow(() => new URL(href));
  });
}

test("Hacker News gets a link without a token", () => assert.doesNotMatch(hrefFor("hn", page, ""), /ht%3D/));

test("title and link are two paragraphs on Mastodon, one line on WhatsApp", () => {
  const text = (key) => decodeURIComponent(hrefFor(key, page, "").split("text=")[1]);
  assert.equal(text("mastodon"), `${page._title}\n\n${page._url}`);
  assert.equal(text("whatsapp"), `${page._title} ${page._url}`);
});

test("a mail has Otto's text before the link, and nothing where he wrote none", () => {
  assert.ok(hrefFor("email", page, "Read this").endsWith(`&body=Read%20this%0A%0A${encodeURIComponent(page._url)}`));
  assert.ok(hrefFor("email", page, "").endsWith(`&body=${encodeURIComponent(page._url)}`));
});

const linkOf150 = "https://example.org/".padEnd(150, "x");

for (const [size, sentSize] of [[147, 147], [148, 148], [149, 148], [5000, 148]]) {
  test(`of a title of ${size} bees ${sentSize} fit into Bluesky's 300 with a link of 150`, () => {
    const bees = { ...page, _url: linkOf150, _title: "🐝".repeat(size) };
    const [title, link] = decodeURIComponent(hrefFor("bluesky", bees, "").split("text=")[1]).split("\n\n");
    assert.equal(length(title), sentSize);
    assert.equal(link, linkOf150);
  });
}

for (const [size, sentSize] of [[200, 200], [201, 200]]) {
  test(`elsewhere, of a title of ${size} bees ${sentSize} go out`, () => {
    const href = hrefFor("reddit", { ...page, _title: "🐝".repeat(size) }, "");
    assert.equal(length(decodeURIComponent(href.split("title=")[1])), sentSize);
  });
}

test("a link longer than the limit goes out alone", () => {
  const long = { ...page, _url: "https://example.org/" + "x".repeat(400) };
  assert.equal(decodeURIComponent(hrefFor("bluesky", long, "").split("text=")[1]), long._url);
});

test("a title is never cut through a character", () => {
  const family = "👨‍👩‍👧‍👦";
  assert.equal(cut(family.repeat(3), 2), `${family}…`);
  assert.equal(cut(family.repeat(2), 2), family.repeat(2));
  assert.equal(cut("ab", 1), "…");
  assert.equal(cut("ab", 0), "");
});

test("half a character and control characters do not leave the page", () => {
  assert.equal(clean("a\ud83d b\0\n\tc\udc1d "), "a b c");
  assert.doesNotThrow(() => hrefFor("x", { ...page, _title: clean("\ud83d") }, ""));
});

test("where Otto names no targets the first eight are shown, and the way to all others", () => {
  assert.deepEqual(choose(""), [
    "email", "whatsapp", "mastodon", "bluesky", "linkedin", "x", "facebook", "reddit", "shareopenly",
  ]);
});

test("Otto's order is kept, and what is no target is left out", () => {
  assert.deepEqual(choose("hn nonsense constructor email"), ["hn", "email", "shareopenly"]);
  assert.equal(choose("constructor").length, 9);
});
