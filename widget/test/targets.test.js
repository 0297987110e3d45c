import assert from "node:assert/strict";
import { test } from "node:test";
import { TARGETS, choose, hrefFor, ownTargets } from "../src/targets.js";
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
});

test("a list of Otto's is as long as he likes, each place once", () => {
  const all = Object.keys(TARGETS).filter((key) => key !== "shareopenly");
  assert.deepEqual(choose(all.join(" "), { image: "a.png", isTouch: true }), all);
  assert.deepEqual(choose("x email x"), ["x", "email"]);
});

test("a place of Otto's own is a name and an address with the link in it", () => {
  const own = ownTargets({ intranet: ["Intranet", "https://intranet.example/post?u={u}&t={t}"] });
  assert.deepEqual(choose("intranet x", { own }), ["intranet", "x"]);
  assert.equal(hrefFor("intranet", page, { own }), `https://intranet.example/post?u=${encodeURIComponent(page.url)}&t=Bees%20%26%20wax%2C%20100%20%25`);
  assert.deepEqual(ownTargets('{"a":["A","https://a.example/{u}"]}'), { a: ["A", "https://a.example/{u}"] });
});

for (const address of ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "file:///etc", undefined]) {
  test(`a place of Otto's own at ${address} is left out`, () => assert.deepEqual(ownTargets({ bad: ["Bad", address] }), {}));
}

test("own places that are no places are left out", () => {
  for (const said of [undefined, "", "{", "[1]", null, { "a b": ["A", "https://a.example"] }, { x: 1 }]) assert.deepEqual(ownTargets(said), {});
  assert.match(hrefFor("x", page, { own: ownTargets({ x: ["Mine", "https://mine.example/{u}"] }) }), /x\.com/, "a known key stays what it is");
});

const marked = { hashtags: "#bees, winter", via: "@otto" };

test("hashtags and the account go where a place takes them", () => {
  assert.match(hrefFor("x", page, marked), /&hashtags=bees%2Cwinter&via=otto$/);
  assert.match(hrefFor("tumblr", page, marked), /&tags=bees%2Cwinter$/);
  for (const key of ["mastodon", "bluesky", "telegram", "threads"]) assert.match(hrefFor(key, page, marked), /%20%23bees%20%23winter/);
  for (const key of ["x", "tumblr", "mastodon"]) assert.doesNotMatch(hrefFor(key, page), /hashtags|via|tags=|%23bees/);
  assert.doesNotMatch(hrefFor("email", page, marked), /bees%2C|%23/);
});

for (const [key, limit, linkLength, added] of [["mastodon", 500, 23, 14], ["bluesky", 300, 150, 14], ["x", 280, 23, 14 + 10]]) {
  test(`with hashtags a title for ${key} still fits`, () => {
    const href = hrefFor(key, { ...page, url: linkOf150, title: "🐝".repeat(500) }, marked);
    const bees = decodeURIComponent(href).match(/🐝*…?/gu).join("");
    assert.equal(length(bees), Math.min(200, limit - linkLength - 2 - added));
  });
}

test("hashtags that leave no room for a title are left out", () => {
  const href = hrefFor("bluesky", { ...page, url: "https://example.org/".padEnd(270, "x") }, { hashtags: "a".repeat(30) });
  assert.doesNotMatch(href, /%23/);
  assert.match(href, /Bees/);
});

test("Pinterest is offered where there is a picture, a text message on a telephone", () => {
  assert.deepEqual(choose("pinterest sms x"), ["x"]);
  assert.deepEqual(choose("pinterest sms x", { image: "a.png", isTouch: true }), ["pinterest", "sms", "x"]);
});
