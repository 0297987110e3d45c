import assert from "node:assert/strict";
import { test } from "node:test";
import decoder from "jsqr";
import drawing, { modules } from "../src/qr.js";

const read = decoder.default ?? decoder;
const SCALE = 4;
const QUIET = 4;

/** What a camera would see: four pixels a module, with the quiet zone. */
function photograph(dark) {
  const side = (dark.length + 2 * QUIET) * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (dark[Math.floor(y / SCALE) - QUIET]?.[Math.floor(x / SCALE) - QUIET]) pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return [pixels, side, side];
}

const link = "https://example.org/bees-in-winter?ht=AAAAAAAAAAAAAAAAAAAAAAAAAAA";

// The most that a version holds at level M, and one byte more: both sides of a change of version.
for (const size of [1, 14, 15, 26, 27, 62, 84, 106, 122, 152, 180, 213, 214, 287, 331, 412, 504, 666, 1000]) {
  test(`a link of ${size} bytes is read back by another's decoder`, () => {
    const text = link.padEnd(size, "abcdefghij").slice(0, size);
    assert.equal(read(...photograph(modules(text)))?.data, text);
  });
}

test("umlauts, bees and Chinese are read back", () => {
  const text = "https://example.org/bücher?q=🐝蜜蜂";
  assert.equal(read(...photograph(modules(text)))?.data, text);
});

test("a code with a stain on it is still read: error correction is there", () => {
  const dark = modules(link);
  for (let y = 12; y < 17; y++) for (let x = 12; x < 17; x++) dark[y][x] = !dark[y][x];
  assert.equal(read(...photograph(dark))?.data, link);
  for (let y = 9; y < dark.length; y++) for (let x = 9; x < dark.length; x++) dark[y][x] = false;
  assert.equal(read(...photograph(dark)), null, "with everything gone nothing is read");
});

test("it is level M: the first two bits of the format, under their mask, are 00", () => {
  const dark = modules(link);
  const [bit14, bit13] = [1, 2].map((fromEnd) => +dark.at(-fromEnd)[8]);
  assert.deepEqual([bit14 ^ 1, bit13 ^ 0], [0, 0]);
});

test("the picture has a quiet zone of four modules on every side", () => {
  const { size, path } = drawing(link);
  const squares = [...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].flatMap(([, x, y]) => [+x, +y]);
  assert.equal(Math.min(...squares), 4);
  assert.equal(Math.max(...squares), size - 5);
});

test("the longest that there is, and what is too long for any code", () => {
  assert.equal(modules("x".repeat(2331)).length, 177);
  assert.equal(modules("x".repeat(2332)), null);
  assert.deepEqual(drawing("x".repeat(2332)), { size: 0, path: "" });
});
