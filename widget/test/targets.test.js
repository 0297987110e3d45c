import assert from "node:assert/strict";
import { test } from "node:test";
import { TARGETS, choose, hrefFor } from "../src/targets.js";
import { cut, clean } from "../src/text.js";

const page = {
  url: "https://example.org/bees?a=1&ht=AAAAAAAAAAAAAAAAAAAAAAAAAAA",
  plain: "https://example.org/bees?a=1",
  title: "Bees & wax, 100 %",
};
const length = (text) => [...new Intl.Segmenter().segment(text)].length;

for (const key of Object.keys(TARGETS)) {
  test(`${key} gets the link whole, and no placeholder is left`, () => {
    const href = hrefFor(key, page);
    assert.ok(href.includes(encodeURIComponent(["hn", "lobsters"].includes(key) ? page.plain : page.url)), href);
    assert.doesNotMatch(href, /[{}]|undefined|null/);
    assert.doesNotThrow(() => new URL(href));
  });
}

for (const key of ["hn", "lobsters"]) {
  test(`${key} gets a link without a token`, () => assert.doesNotMatch(hrefFor(key, page), /ht%3D/));
}

for (const key of ["facebook", "linkedin"]) {
  test(`${key} gets the short link where the page's own description would lose the token`, () => {
    const short = { ...page, short: "https://along.example/h/AAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    assert.ok(hrefFor(key, short, { isShort: true }).endsWith(encodeURIComponent(short.short)));
    assert.ok(hrefFor(key, short).endsWith(encodeURIComponent(page.url)));
    assert.ok(hrefFor(key, { ...page, short: "" }, { isShort: true }).endsWith(encodeURIComponent(page.url)));
  });
}

test("Pinterest gets the picture", () => {
  assert.match(hrefFor("pinterest", page, { image: "https://example.org/a b.png" }), /media=https%3A%2F%2Fexample\.org%2Fa%20b\.png&/);
});

test("title and link are two paragraphs on Mastodon, one line on WhatsApp", () => {
  const text = (key) => decodeURIComponent(hrefFor(key, page).split("text=")[1]);
  assert.equal(text("mastodon"), `${page.title}\n\n${page.url}`);
  assert.equal(text("whatsapp"), `${page.title} ${page.url}`);
});

test("a mail has Otto's text before the link, and nothing where he wrote none", () => {
  assert.ok(hrefFor("email", page, { text: "Read this" }).endsWith(`&body=Read%20this%0A%0A${encodeURIComponent(page.url)}`));
  assert.ok(hrefFor("email", page).endsWith(`&body=${encodeURIComponent(page.url)}`));
});

const linkOf150 = "https://example.org/".padEnd(150, "x");

for (const [size, sentSize] of [[147, 147], [148, 148], [149, 148], [5000, 148]]) {
  test(`of a title of ${size} bees ${sentSize} fit into Bluesky's 300 with a link of 150`, () => {
    const bees = { ...page, url: linkOf150, title: "🐝".repeat(size) };
    const [title, link] = decodeURIComponent(hrefFor("bluesky", bees).split("text=")[1]).split("\n\n");
    assert.equal(length(title), sentSize);
    assert.equal(link, linkOf150);
  });
}

for (const [size, sentSize] of [[200, 200], [201, 200]]) {
  test(`elsewhere, of a title of ${size} bees ${sentSize} go out`, () => {
    const href = hrefFor("lobsters", { ...page, title: "🐝".repeat(size) });
    assert.equal(length(decodeURIComponent(href.split("title=")[1])), sentSize);
  });
}

test("a link longer than the limit goes out alone", () => {
  const long = { ...page, url: "https://example.org/" + "x".repeat(400) };
  assert.equal(decodeURIComponent(hrefFor("bluesky", long).split("text=")[1]), long.url);
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
  assert.doesNotThrow(() => hrefFor("x", { ...page, title: clean("\ud83d") }));
});

// What each place takes, at the edge: a title that just fits goes out whole, one bee more loses its end.
for (const [key, limit, linkLength] of [
  ["mastodon", 500, 23], ["x", 280, 23], ["threads", 500, 150], ["telegram", 4096, 150], ["reddit", 300, -2], ["hn", 80, -2], ["pinterest", 500, -2],
  ["sms", 160, 150],
]) {
  const room = Math.min(200, limit - linkLength - 2);
  for (const [size, sentSize] of [[room, room], [room + 1, room]]) {
    test(`of a title of ${size} bees ${sentSize} go to ${key}`, () => {
      const href = hrefFor(key, { ...page, url: linkOf150, plain: linkOf150, title: "🐝".repeat(size) });
      assert.equal(length(decodeURIComponent(href).match(/🐝*…?/gu).join("")), sentSize);
    });
  }
}

for (const key of ["email", "sms", "whatsapp", "viber"]) {
  test(`what opens a program for ${key} is at most 2,000 long, and the link is whole`, () => {
    const href = hrefFor(key, { ...page, title: "🐝 ".repeat(99) }, { text: "x".repeat(3000) });
    assert.ok(href.length <= 2000, href.length);
    assert.ok(href.endsWith(encodeURIComponent(page.url)));
    assert.match(href, /%F0%9F%90%9D/);
  });
}

test("where Otto names no targets the eight are shown", () => {
  assert.deepEqual(choose(""), ["email", "whatsapp", "mastodon", "bluesky", "linkedin", "x", "facebook", "reddit"]);
});

test("Otto's order is kept, and what is no target is left out", () => {
  assert.deepEqual(choose("hn nonsense constructor email print shareopenly"), ["hn", "email"]);
  assert.equal(choose("constructor").length, 8);
  assert.equal(choose(Object.keys(TARGETS).join(" ")).length, 8);
});

test("Pinterest is offered where there is a picture, a text message on a telephone", () => {
  assert.deepEqual(choose("pinterest sms x"), ["x"]);
  assert.deepEqual(choose("pinterest sms x", { image: "a.png", isTouch: true }), ["pinterest", "sms", "x"]);
});
