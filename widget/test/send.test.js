import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "./globals.js";
import { settings } from "../src/config.js";
import { core } from "../src/core.js";
import { take } from "../src/given.js";
import { sayNo } from "../src/own.js";
import { pauseMs, send } from "../src/send.js";
import { SITE, serverSays, settled, stage } from "./cast.js";

const note = { id: "one", kind: "visit", guest: "" };
let scene;

take(Object.assign(core, { _change: (work) => work() }));

beforeEach((t) => {
  scene = stage();
  Object.assign(settings, { key: SITE, host: "https://along.example" });
  sayNo(false);
  t.mock.timers.enable({ apis: ["setTimeout"] });
});

test("a note is a plain text request without cookies that outlives the page", async () => {
  const told = serverSays(202);
  assert.deepEqual(await send("/v1/notes", note), {});
  const { url, init } = told[0];
  assert.equal(url, "https://along.example/v1/notes");
  assert.deepEqual({ method: init.method, keepalive: init.keepalive, credentials: init.credentials }, {
    method: "POST", keepalive: true, credentials: "omit",
  });
  assert.match(new Request(url, init).headers.get("Content-Type"), /^text\/plain/);
});

test("what is empty is not said", async () => {
  const told = serverSays(202);
  await send("/v1/notes", note);
  assert.deepEqual(told[0].body, { id: "one", kind: "visit" });
});

for (const status of [200, 201, 400, 403, 404, 409, 413, 500, 502]) {
  test(`after ${status} nothing is sent again`, async (t) => {
    const told = serverSays(status);
    await send("/v1/notes", note);
    t.mock.timers.tick(1e6);
    await settled();
    assert.equal(told.length, 1);
  });
}

for (const status of [429, 503]) {
  test(`after ${status} the same note is sent again, four times in all`, async (t) => {
    const told = serverSays(status, status, status, status, status);
    const sent = send("/v1/notes", note);
    for (let turn = 0; turn < 10; turn++) {
      await settled();
      t.mock.timers.tick(60_000);
    }
    assert.deepEqual(await sent, {});
    assert.equal(told.length, 4);
    assert.ok(told.every(({ body }) => body.id === "one"));
  });
}

test("a token that comes at the second try is taken", async (t) => {
  serverSays([503, {}, { "Retry-After": "1" }], [201, { token: "T" }]);
  const sent = send("/v1/links", note);
  await settled();
  t.mock.timers.tick(2000);
  assert.deepEqual(await sent, { token: "T" });
});

test("a no that comes while a note waits for its next try is a no to the note", async (t) => {
  const told = serverSays(503);
  const sent = send("/v1/notes", note);
  await settled();
  sayNo(true);
  t.mock.timers.tick(60_000);
  assert.deepEqual(await sent, {});
  assert.equal(told.length, 1);
});

test("a request that somebody blocked is left alone", async () => {
  const told = serverSays(new TypeError("blocked"));
  assert.deepEqual(await send("/v1/notes", note), {});
  assert.equal(told.length, 1);
});

test("what could not be sent offline is sent when the browser is back", async () => {
  const told = serverSays(new TypeError("offline"), 202);
  scene.navigator.onLine = false;
  const sent = send("/v1/notes", note);
  await settled();
  assert.equal(told.length, 1);
  scene.navigator.onLine = true;
  scene.backOnline.dispatchEvent(new Event("online"));
  await sent;
  assert.equal(told.length, 2);
});

for (const [attempt, retryAfter, ms] of [[1, null, 2000], [3, null, 8000], [1, "5", 5000], [3, "5", 8000], [1, "Wed, 21 Oct", 2000]]) {
  test(`after try ${attempt} and Retry-After ${retryAfter} comes a pause of ${ms} ms`, () => {
    assert.equal(pauseMs(attempt, retryAfter), ms);
  });
}
