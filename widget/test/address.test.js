import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, canonicalOf, namesOf, pageOf, tokenIn, withToken, without } from "../src/address.js";
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
  ["of signs alone", "?ht=--"],
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

test("a link of another programme has its code in a parameter of its own", () => {
  assert.equal(tokenIn(`${PAGE}?via=Anna_1#top`, "(?:ht|via)"), "Anna_1");
  assert.equal(tokenIn(`${PAGE}?ref=7`, "(?:ht|ref)"), "7");
  assert.equal(tokenIn(`${PAGE}?via=Anna_1`, "ht"), "");
  assert.equal(without(`${PAGE}?via=Anna_1&a=1`, "(?:ht|via)"), `${PAGE}?a=1`);
});

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
    assert.equal(without(PAGE + tail, "ht"), PAGE + plain);
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
    assert.equal(without(PAGE + shared, "ht"), PAGE + tail);
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

for (const [what, tail] of [
  ["a full stop", `?ht=${T}.`],
  ["a bracket and a comma", `?ht=${T}),`],
  ["an encoded quotation mark", `?ht=${T}%22`],
  ["a closing tag", `?ht=${T}%3C/a%3E`],
  ["a full stop of another script", `?ht=${T}%E3%80%82`],
  ["the star and line of a bold or slanted word", `?ht=${T}_*`],
  ["an ampersand as it stands in a page's source", `?a=1&amp;ht=${T}&amp;b=2`],
  ["an ampersand that was escaped twice", `?a=1&amp;amp;ht=${T}`],
  ["a blank where a mail broke the line", `?ht=%20${T}`],
  ["an equals sign as quoted-printable mails write it", `?ht=3D${T}`],
  ["a fragment", `?ht=${T}.#top`],
]) {
  test(`a token is found in a link that was copied with ${what}`, () => assert.equal(tokenIn(PAGE + tail, "ht"), T));
}

for (const [tail, code] of [
  ["?ht=ana.", "ana"],
  ["?ht=ana-2!)", "ana-2"],
  ["?ht=ana%22%3E", "ana"],
  ["?ht=ana%3C/a%3E", "ana"],
  ["?ht=ana.smith", ""],
  ["?ht=ana%20smith", ""],
  [`?ht=${"a".repeat(25)}`, ""],
]) {
  test(`a personal code in ${tail} is ${code || "none"}`, () => assert.equal(tokenIn(PAGE + tail, "ht"), code));
}

for (const [tail, plain] of [
  [`?a=1&amp;ht=${T}`, "?a=1"],
  [`?ht=${T}&amp;b=2`, "?b=2"],
  [`?ht=${T}&ht=${BENS_TOKEN}&b=2`, "?b=2"],
  [`?ht=${T}.`, ""],
]) {
  test(`no token stays behind in ${tail}`, () => assert.equal(without(PAGE + tail, "ht"), PAGE + plain));
}

for (const [tail, kept] of [
  ["?utm_source=a&utm_medium=b&x=1&fbclid=c", "?x=1"],
  ["?UTM_Source=a", ""],
  ["?utm_source", ""],
  ["?my_utm_source=a&fbclid2=b", "?my_utm_source=a&fbclid2=b"],
  ["?x=utm_source=1#/route?utm_source=a", "?x=utm_source=1#/route"],
  ["?x=%20+&y=", "?x=%20+&y="],
]) {
  test(`without its tracking parameters ${tail} is ${kept || "nothing"}`, () => {
    assert.equal(without(PAGE + tail, namesOf(["utm_*", "fbclid"])), PAGE + kept);
  });
}

test("names of parameters are taken as they are written, in a list or with blanks and commas", () => {
  assert.equal(without(`${PAGE}?a.b=1&axb=2&c[]=3&d=4`, namesOf("a.b, c[] d")), `${PAGE}?axb=2`);
  assert.equal(without(`${PAGE}?a=1`, namesOf([])), `${PAGE}?a=1`);
});

for (const [here, canonical, named] of [
  ["?a=1&b=2#top", PAGE, "#top"],
  ["?a=1&b=2", `${PAGE}?b=2`, "?b=2"],
  ["?a=1", `${PAGE}?a=2`, "?a=1"],
  ["?a=1", "https://example.org/", "?a=1"],
  ["?a=1", "https://www.example.org/bees", "?a=1"],
  ["?a=1", "http://[", "?a=1"],
  ["?a=%20+", undefined, "?a=%20+"],
]) {
  test(`at ${here} a page whose canonical address is ${canonical} is ${named}`, () => {
    assert.equal(canonicalOf(PAGE + here, canonical), PAGE + named);
  });
}
