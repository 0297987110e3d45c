import assert from "node:assert/strict";
import { test } from "node:test";
import "./globals.js";
import { linkRequest, outcomeNote, shareNote, visitNote } from "../src/note.js";
import { carriedArrival } from "../src/carry.js";
import { newArrival } from "../src/visit.js";
import { ANNAS_SECRET, ANNAS_TOKEN, BENS_TOKEN, CLEO, SITE } from "./cast.js";

const ids = () => {
  let count = 0;
  return () => `id-${++count}`;
};

test("Cleo comes through Anna's link for the first time", () => {
  assert.deepEqual(newArrival(ANNAS_TOKEN, null, ids(), 7), { token: ANNAS_TOKEN, visit: "id-1", visitor: "id-2", at: 7 });
});

test("a reload of the same arrival is nothing new", () => {
  const held = newArrival(ANNAS_TOKEN, null, ids(), 7);
  assert.equal(newArrival(ANNAS_TOKEN, held, ids(), 8), null);
});

test("Cleo comes again, through Ben's link: another visit of the same visitor", () => {
  const held = { token: ANNAS_TOKEN, visit: "v", visitor: CLEO, at: 7 };
  assert.deepEqual(newArrival(BENS_TOKEN, held, ids(), 8), { token: BENS_TOKEN, visit: "id-1", visitor: CLEO, at: 8 });
});

test("a visit's note has the wire's fields and no others", () => {
  const held = { token: ANNAS_TOKEN, visit: "v", visitor: CLEO, at: 7 };
  assert.deepEqual(visitNote(SITE, held, "https://example.org/bees", ANNAS_SECRET), {
    site: SITE, id: "v", kind: "visit", token: ANNAS_TOKEN, visitor: CLEO, page: "https://example.org/bees", guest: ANNAS_SECRET,
  });
});

test("an outcome's note has the wire's fields and no others", () => {
  const held = { token: ANNAS_TOKEN, visit: "v", visitor: CLEO, at: 7 };
  assert.deepEqual(outcomeNote(SITE, "n", held, "signup", "https://example.org/welcome"), {
    site: SITE, id: "n", kind: "outcome", token: ANNAS_TOKEN, visit: "v", goal: "signup", page: "https://example.org/welcome",
  });
});

test("a share's note has the wire's fields and no others", () => {
  assert.deepEqual(shareNote(SITE, "n", ANNAS_TOKEN, ANNAS_SECRET, "copy"), {
    site: SITE, id: "n", kind: "share", token: ANNAS_TOKEN, guest: ANNAS_SECRET, to: "copy",
  });
});

for (const [size, sent] of [[200, 200], [201, 200]]) {
  test(`of a title of ${size} bees the server is told ${sent}, none of them halved`, () => {
    const { title } = linkRequest({ site: SITE, id: "n", guest: ANNAS_SECRET, page: "https://example.org/", title: "🐝".repeat(size) });
    assert.equal(title, "🐝".repeat(sent));
  });
}

test("a visit that began on another host of the site goes on, for two minutes", () => {
  const visit = "v".repeat(28);
  const at = 1_800_000_000_000;
  const href = `https://shop.example/?ht=${ANNAS_TOKEN}.${visit}.${at.toString(36)}#top`;
  assert.deepEqual(carriedArrival(ANNAS_TOKEN, href, at + 5000), { token: ANNAS_TOKEN, visit, visitor: "", at: at + 5000 });
  assert.equal(carriedArrival(ANNAS_TOKEN, href, at + 120_000), null);
  assert.equal(carriedArrival(ANNAS_TOKEN, href, at - 120_000), null, "no link is good from tomorrow on");
  assert.equal(carriedArrival(ANNAS_TOKEN, `https://shop.example/?ht=${ANNAS_TOKEN}.`, at), null);
});
