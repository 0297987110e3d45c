import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "./globals.js";
import { settings } from "../src/config.js";
import { core } from "../src/core.js";
import { take } from "../src/given.js";
import { randomId } from "../src/ids.js";
import { codeIn, compose, forgetLinks, useLink } from "../src/links.js";
import { forget, guest, keepArrival } from "../src/memory.js";
import { keepGuest, sayNo } from "../src/own.js";
import { consent, refused } from "../src/refusal.js";
import { ANNAS_SECRET, ANNAS_TOKEN, BENS_TOKEN, CLEO, SITE, serverSays, settled, stage } from "./cast.js";

const fresh = () => Array.from({ length: 27 }, () => "abcdefgh"[Math.floor(Math.random() * 8)]).join("");

take(Object.assign(core, { _change: (work) => work() }));

beforeEach(() => {
  stage({ href: "https://example.org/bees?a=1#top" });
  Object.assign(settings, { key: SITE, host: "https://along.example", param: "ht", remember: "visit", days: 30 });
  consent(true);
  sayNo(false);
  forget();
  forgetLinks();
});

test("a link is asked for once, and shared with its token when that has come", async () => {
  const token = fresh();
  const told = serverSays([201, { token }]);
  const first = compose("", "", true);
  assert.equal(first.url, "https://example.org/bees?a=1#top");
  await first._link._answer;
  assert.equal(compose("", "", true).url, `https://example.org/bees?a=1&ht=${token}#top`);
  assert.equal(told.length, 1);
  assert.equal(told[0].body.page, "https://example.org/bees?a=1");
  assert.equal(told[0].body.title, "Bees in winter");
});

test("asking for a link keeps nothing; using it keeps the guest and confirms it once", async () => {
  const token = fresh();
  const told = serverSays([201, { token }]);
  const { _link } = compose("", "", true);
  await _link._answer;
  assert.equal(guest(), "");
  const { url } = compose("", "", true);
  useLink(_link, "copy", url);
  useLink(_link, "copy", url);
  await settled();
  assert.equal(guest(), told[0].body.guest);
  assert.deepEqual(told.slice(1).map(({ body }) => [body.kind, body.token, body.to, body.guest]), [
    ["share", token, "copy", told[0].body.guest],
  ]);
});

test("a link that went out without its token is not confirmed", async () => {
  const told = serverSays([201, { token: fresh() }]);
  const { _link, plain } = compose("", "", true);
  await _link._answer;
  useLink(_link, "hn", plain);
  assert.equal(codeIn(_link, plain), null);
  assert.equal(told.length, 1);
  assert.equal(guest(), "");
});

test("Anna, who shared before, asks under the same secret", () => {
  const told = serverSays([201, { token: fresh() }]);
  keepGuest(ANNAS_SECRET, "");
  compose("", "", true);
  assert.equal(told[0].body.guest, ANNAS_SECRET);
});

test("a browser that was moved shares for the guest whom the server names, once a link was used", async () => {
  const [token, bens] = [fresh(), "bens-secret-0123456789-0123"];
  const told = serverSays([201, { token, guest: bens }]);
  keepGuest(ANNAS_SECRET, "");
  const { _link } = compose("", "", true);
  await _link._answer;
  assert.equal(guest(), ANNAS_SECRET);
  useLink(_link, "copy", compose("", "", true).url);
  await settled();
  assert.deepEqual([guest(), told.at(-1).body.guest], [bens, bens]);
});

test("Ben, who came through Anna's link, names it as the parent", () => {
  const told = serverSays([201, { token: BENS_TOKEN }]);
  keepArrival({ token: ANNAS_TOKEN, visit: "v", visitor: CLEO, at: Date.now() });
  compose("", "", true);
  assert.equal(told[0].body.parent, ANNAS_TOKEN);
  assert.equal(told[0].body.visitor, CLEO);
});

for (const [carrier, expected] of [
  ["query", "https://example.org/bees?a=1&ht=TOKEN"],
  ["nonsense", "https://example.org/bees?a=1&ht=TOKEN"],
  ["hash", "https://example.org/bees?a=1#ht=TOKEN"],
  ["hop", "https://along.example/h/TOKEN"],
]) {
  test(`with carrier="${carrier}" the link is ${expected}`, async () => {
    stage({ href: "https://example.org/bees?a=1" });
    const token = fresh();
    serverSays([201, { token }]);
    await compose("", "", true, carrier)._link._answer;
    const { url, short, _link } = compose("", "", true, carrier);
    assert.equal(url, expected.replace("TOKEN", token));
    assert.equal(codeIn(_link, url), token);
    assert.equal(short, `https://along.example/h/${token}`);
  });
}

for (const carrier of ["hash", "hop"]) {
  test(`a place in the page is not lost to carrier="${carrier}"`, async () => {
    const token = fresh();
    serverSays([201, { token }]);
    await compose("", "", true, carrier)._link._answer;
    assert.equal(compose("", "", true, carrier).url, `https://example.org/bees?a=1&ht=${token}#top`);
  });
}

test("Anna, who gave a name, is told that the credit is hers", async () => {
  serverSays([201, { token: fresh(), name: "Anna\n" }]);
  await compose("", "", true)._link._answer;
  assert.equal(compose("", "", true).name, "Anna");
});

test("the token in the address is not shared on", () => {
  stage({ href: `https://example.org/bees?ht=${ANNAS_TOKEN}` });
  assert.equal(compose("", "", false).url, "https://example.org/bees");
});

for (const [answer, what] of [[403, "refuses"], [500, "is broken"], [[201, { token: "<script>" }], "talks nonsense"], [new TypeError("x"), "is blocked"]]) {
  test(`a server that ${what} leaves a plain link and is not asked again`, async () => {
    const told = serverSays(answer);
    await compose("", "", true)._link._answer;
    assert.equal(compose("", "", true).url, "https://example.org/bees?a=1#top");
    assert.equal(told.length, 1);
  });
}

for (const [who, refuse] of [
  ["Global Privacy Control", () => (navigator.globalPrivacyControl = true)],
  ["a consent tool", () => consent(false)],
  ["a script without a site", () => (settings.key = "")],
  ["“Don’t count me”", () => sayNo(true)],
]) {
  test(`with the no of ${who} no link is asked for`, () => {
    const told = serverSays();
    refuse();
    assert.ok(refused());
    assert.equal(compose("", "", true)._link, null);
    assert.equal(told.length, 0);
  });
}

test("consent does not outvote Global Privacy Control", () => {
  navigator.globalPrivacyControl = true;
  consent(true);
  assert.ok(refused());
});

test("a no that comes between the link and its use is kept", async () => {
  const told = serverSays([201, { token: fresh() }]);
  const { _link } = compose("", "", true);
  await _link._answer;
  const { url } = compose("", "", true);
  consent(false);
  useLink(_link, "copy", url);
  assert.equal(told.length, 1);
  assert.equal(guest(), "");
});

test("a random id is long enough for a secret, in the wire's letters, and new every time", () => {
  const made = new Set(Array.from({ length: 1000 }, randomId));
  assert.equal(made.size, 1000);
  for (const id of made) assert.match(id, /^[A-Za-z0-9_-]{28}$/);
});
