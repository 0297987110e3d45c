import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "./globals.js";
import { settings } from "../src/config.js";
import { core } from "../src/core.js";
import { take } from "../src/given.js";
import { arrival, forget, guest, keepArrival, saidNo } from "../src/memory.js";
import { keepGuest, sayNo } from "../src/own.js";
import { ANNAS_SECRET, ANNAS_TOKEN, CLEO, stage } from "./cast.js";

const cleosArrival = (at = Date.now()) => ({ token: ANNAS_TOKEN, visit: "visit-0123456789-0123456789", visitor: CLEO, at });
const DAY_MS = 864e5;
take(Object.assign(core, { _change: (work) => work() }));
let storages;

beforeEach(() => {
  storages = stage();
  Object.assign(settings, { remember: "visit", days: 30 });
  forget();
});

for (const [mode, kept, empty] of [
  ["visit", "sessionStorage", "localStorage"],
  ["window", "localStorage", "sessionStorage"],
]) {
  test(`with remember="${mode}" Cleo's arrival is kept in ${kept} only, exactly as documented`, () => {
    settings.remember = mode;
    keepArrival(cleosArrival(7));
    assert.deepEqual(JSON.parse(storages[kept].getItem("along")), cleosArrival(7));
    assert.equal(storages[empty].size, 0);
  });
}

test('with remember="none" the arrival is only in memory', () => {
  settings.remember = "none";
  keepArrival(cleosArrival());
  assert.equal(arrival().visitor, CLEO);
  assert.equal(storages.sessionStorage.size + storages.localStorage.size, 0);
});

for (const [age, remembered] of [[30 * DAY_MS - 60_000, true], [30 * DAY_MS + 60_000, false]]) {
  test(`an arrival of ${Math.round(age / 3600_000)} hours ago is ${remembered ? "remembered" : "over"}`, () => {
    settings.remember = "window";
    storages.localStorage.setItem("along", JSON.stringify(cleosArrival(Date.now() - age)));
    assert.equal(arrival() !== null, remembered);
  });
}

for (const nonsense of ["", "{", "null", "7", "[]", '"x"', '{"token":"short"}', '{"guest":"short"}', '{"guest":{}}']) {
  test(`what Mallory wrote there is nothing: ${nonsense || "empty"}`, () => {
    storages.sessionStorage.setItem("along", nonsense);
    storages.localStorage.setItem("along", nonsense);
    assert.equal(arrival(), null);
    assert.equal(guest(), "");
    keepGuest(ANNAS_SECRET, "");
    assert.equal(guest(), ANNAS_SECRET);
  });
}

test("Anna's first secret stays: her credit hangs on it", () => {
  keepGuest(ANNAS_SECRET, "");
  keepGuest("another-0123456789-0123456789", "");
  assert.equal(guest(), ANNAS_SECRET);
});

test("only the secret that is kept can be replaced", () => {
  keepGuest(ANNAS_SECRET, "");
  keepGuest("another-0123456789-0123456789", "a-third-0123456789-0123456789");
  assert.equal(guest(), ANNAS_SECRET);
  keepGuest("another-0123456789-0123456789", ANNAS_SECRET);
  assert.equal(guest(), "another-0123456789-0123456789");
});

test("guest and arrival live together under one key", () => {
  settings.remember = "window";
  keepArrival(cleosArrival());
  keepGuest(ANNAS_SECRET, "");
  assert.deepEqual(Object.keys(JSON.parse(storages.localStorage.getItem("along"))).sort(), [
    "at", "guest", "token", "visit", "visitor",
  ]);
});

test("“Don’t count me” takes the arrival away and keeps one’s own credit, until it is taken back", () => {
  settings.remember = "window";
  keepArrival(cleosArrival());
  keepGuest(ANNAS_SECRET, "");
  sayNo(true);
  assert.ok(saidNo());
  assert.equal(arrival(), null);
  assert.equal(guest(), ANNAS_SECRET);
  assert.deepEqual(JSON.parse(storages.localStorage.getItem("along")), { no: true, guest: ANNAS_SECRET });
  sayNo(false);
  assert.ok(!saidNo());
  assert.equal(guest(), ANNAS_SECRET);
});

test("a no outlives forgetting, which a consent tool may do on every page", () => {
  sayNo(true);
  forget();
  assert.ok(saidNo());
  sayNo(false);
  assert.equal(storages.localStorage.size, 0);
});

test("forget leaves nothing", () => {
  keepArrival(cleosArrival());
  keepGuest(ANNAS_SECRET, "");
  forget();
  assert.equal(arrival(), null);
  assert.equal(storages.sessionStorage.size + storages.localStorage.size, 0);
});

test("where storage is forbidden the page view has its own copy", () => {
  globalThis.window = {
    get localStorage() {
      throw new Error("forbidden");
    },
    get sessionStorage() {
      throw new Error("forbidden");
    },
  };
  keepArrival(cleosArrival());
  keepGuest(ANNAS_SECRET, "");
  assert.equal(arrival().token, ANNAS_TOKEN);
  assert.equal(guest(), "");
  assert.doesNotThrow(forget);
});
