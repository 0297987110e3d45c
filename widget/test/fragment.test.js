import assert from "node:assert/strict";
import { test } from "node:test";
import { directive, quotable, withQuote } from "../src/fragment.js";

for (const [size, isQuote] of [[11, false], [12, true], [400, true], [401, false]]) {
  test(`${size} selected characters are ${isQuote ? "a" : "no"} quote`, () => {
    assert.equal(quotable(` ${"x".repeat(size)}\n`) !== "", isQuote);
  });
}

test("a short quote is named whole, with its dashes, commas and ampersands escaped", () => {
  assert.equal(directive("bees & wax, well-kept"), "bees%20%26%20wax%2C%20well%2Dkept");
});

test("a long one is named by its first and last words", () => {
  const words = Array.from({ length: 30 }, (_, i) => `word${i}`);
  assert.equal(directive(words.join(" ")), "word0%20word1%20word2%20word3,word26%20word27%20word28%20word29");
});

test("one over two paragraphs is named by its ends: no text stands in both", () => {
  assert.equal(directive("First one ends.\n\nSecond begins"), "First%20one%20ends.,Second%20begins");
});

test("a long one without spaces is named whole", () => {
  assert.equal(directive("蜜".repeat(100)), encodeURIComponent("蜜".repeat(100)));
});

for (const [address, expected] of [
  ["https://example.org/bees", "https://example.org/bees#:~:text=bees%20keep%20warm"],
  ["https://example.org/bees#top", "https://example.org/bees#top:~:text=bees%20keep%20warm"],
  ["https://example.org/bees#:~:text=old", "https://example.org/bees#:~:text=bees%20keep%20warm"],
]) {
  test(`the link to a quote on ${address}`, () => assert.equal(withQuote(address, "bees keep warm"), expected));
}
