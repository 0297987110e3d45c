import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, pageOf, tokenIn, withToken, withoutToken } from "../src/address.js";
import { ANNAS_TOKEN as T, BENS_TOKEN } from "./cast.js";

const PAGE = "https://example.org/bees";

for (const [where, tail] of [
  ["the query", `?ht=${T}`],
  ["the middle of a query", `?a=1&ht=${T}&b=2`],
  ["the fragment", `#ht=${T}`],
  ["a fragment with other things", `#top&ht=${T}`],
  ["a query before a fragment", `?ht=${T}#top`],
]) {
  test(`Anna's token is found in ${where}`, () => assert.equal(tokenIn(PAGE + tail, "ht"), T));
}

for (const [what, tail] of [
  ["too short", "?ht=an"],
  ["too long", `?ht=${T}A`],
  ["of other characters", `?ht=${T.slice(1)}%20`],
  ["under another name", `?xht=${T}`],
  ["under a longer name", `?hta=${T}`],
  ["a script", "?ht=<script>alert(1)</script>"],
  ["nothing", "?ht="],
  ["in the path", `/ht=${T}`],
]) {
  test(`what Mallory writes is no token: ${what}`, () => assert.equal(tokenIn(PAGE + tail, "ht"), ""));
}

test("a word that Anna asked for is taken as it is", () => assert.equal(tokenIn(`${PAGE}?a=1&ht=ana#top`, "ht"), "ana"));

test("a malformed token does not hide a good one behind it", () => {
  assert.equal(tokenIn(`${PAGE}?ht=b!d&ht=${T}`, "ht"), T);
});

test("Otto may call the parameter otherwise", () => {
  assert.equal(tokenIn(`${PAGE}?thx=${T}&ht=${BENS_TOKEN}`, "thx"), T);
});

for (const [tail, plain] of [
  ["", ""],
  ["?", "?"],
  [`?ht=${T}`, ""],
  [`?ht=${T}#top`, "#top"],
  [`?ht=${T}&a=1`, "?a=1"],
  [`?a=1&ht=${T}`, "?a=1"],
  [`?a=1&ht=${T}&b=2#top`, "?a=1&b=2#top"],
  ["?ht=bad&x=&y&z=%20+", "?x=&y&z=%20+"],
  [`#ht=${T}`, ""],
  [`#top&ht=${T}`, "#top"],
  ["?weight=3", "?weight=3"],
]) {
  test(`without its token ${tail || "nothing"} is ${plain || "nothing"}`, () => {
    assert.equal(withoutToken(PAGE + tail, "ht"), PAGE + plain);
  });
}

for (const [tail, shared] of [
  ["", `?ht=${T}`],
  ["?a=1", `?a=1&ht=${T}`],
  ["#top", `?ht=${T}#top`],
  ["?a=%20#/r?q", `?a=%20&ht=${T}#/r?q`],
]) {
  test(`with Anna's token ${tail || "nothing"} is ${shared}`, () => {
    assert.equal(withToken(PAGE + tail, "ht", T), PAGE + shared);
    assert.equal(withoutToken(PAGE + shared, "ht"), PAGE + tail);
  });
}

test("a fragment is never told to the server", () => assert.equal(pageOf(`${PAGE}?a=1#secret`), `${PAGE}?a=1`));

test("what Otto writes is shared where it is a web address, else the page", () => {
  const here = `${PAGE}?x`;
  assert.equal(addressOf("/wax", here, PAGE), "https://example.org/wax");
  assert.equal(addressOf(null, here, PAGE), here);
  assert.equal(addressOf("javascript:alert(1)", here, PAGE), here);
  assert.equal(addressOf("https://[", here, PAGE), here);
});
