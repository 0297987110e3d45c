/*
 * A QR code of a text, made in the browser: byte mode, error correction M, all forty versions. Pure.
 * After ISO/IEC 18004:2015; the tables are its table 9.
 */

/** Error correction bytes of a block, and the number of blocks, by version from 1, at level M. */
const CHECK_BYTES = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37,
  38, 40, 43, 45, 47, 49,
];
const QUIET = 4;
const LEVEL_M = 0;

const MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => ((x / 3 | 0) + (y >> 1)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

/**
 * The code as one path of squares, with its quiet zone.
 * @param {string} text
 * @returns {{size: number, path: string}} the side in modules, and the SVG path; both empty where the text is too long
 */
export default function drawing(text) {
  const rows = modules(text);
  if (!rows) return { size: 0, path: "" };
  let path = "";
  rows.forEach((row, y) => row.forEach((isDark, x) => isDark && (path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`)));
  return { size: rows.length + 2 * QUIET, path };
}

/**
 * @param {string} text
 * @returns {boolean[][]|null} true where a module is dark; null where the text is too long
 */
export function modules(text) {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (bytes.length > capacity(version) - (version < 10 ? 2 : 3)) if (++version > 40) return null;
  return lay(version, interleaved(version, codewords(version, bytes)));
}

const checkBytes = (version) => CHECK_BYTES[version - 1] || 28;

/** All data modules of a version, in bits. */
function room(version) {
  const centres = version > 1 ? (version / 7 | 0) + 2 : 0;
  const patterns = centres && (25 * centres - 10) * centres - 55;
  return (16 * version + 128) * version + 64 - patterns - (version > 6 ? 36 : 0);
}

/** What is left of them for data, in bytes. */
function capacity(version) {
  return (room(version) >> 3) - checkBytes(version) * BLOCKS[version - 1];
}

/** Mode, length, data, padding. */
function codewords(version, bytes) {
  const bits = [];
  const put = (value, count) => {
    while (count--) bits.push((value >> count) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => put(byte, 8));
  const all = capacity(version) * 8;
  put(0, Math.min(4, all - bits.length));
  put(0, -bits.length & 7);
  for (let pad = 236; bits.length < all; pad ^= 253) put(pad, 8);
  return Uint8Array.from({ length: all / 8 }, (_, at) => parseInt(bits.slice(at * 8, at * 8 + 8).join(""), 2));
}

/** Cut into blocks, each with its Reed-Solomon bytes, and dealt out column by column. */
function interleaved(version, data) {
  const blocks = BLOCKS[version - 1];
  const short = (data.length / blocks) | 0;
  const divisor = generator(checkBytes(version));
  const parts = [];
  for (let at = 0, block = 0; block < blocks; block++) {
    const end = at + short + (block >= blocks - (data.length % blocks) ? 1 : 0);
    const part = data.slice(at, end);
    parts.push([part, remainder(part, divisor)]);
    at = end;
  }
  const dealt = [];
  for (const kind of [0, 1]) {
    for (let at = 0; at <= short || at < divisor.length; at++) {
      for (const part of parts) if (at < part[kind].length) dealt.push(part[kind][at]);
    }
  }
  return dealt;
}

/** In GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function times(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 285) ^ (((b >> bit) & 1) * a);
  return product;
}

/** The product of (x - 2^i), without its leading 1. */
function generator(degree) {
  const result = Array(degree).fill(0);
  result[degree - 1] = 1;
  for (let root = 1, i = 0; i < degree; i++, root = times(root, 2)) {
    for (let j = 0; j < degree; j++) result[j] = times(result[j], root) ^ (result[j + 1] || 0);
  }
  return result;
}

function remainder(data, divisor) {
  const result = Array(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ result.shift();
    result.push(0);
    divisor.forEach((coefficient, i) => (result[i] ^= times(coefficient, factor)));
  }
  return result;
}

/**
 * Lay the words of a code out as modules.
 * @param {number} version
 * @param {number[]} words
 * @returns {boolean[][]} rows of modules, true where dark
 */
function lay(version, words) {
  const grid = createGrid(version);
  drawPatterns(grid, version);
  drawFormat(grid, 0);
  drawWords(grid, words);
  let best = 0;
  let least = Infinity;
  for (const mask of MASKS.keys()) {
    turn(grid, mask);
    drawFormat(grid, mask);
    const found = penalty(grid.dark);
    if (found < least) [best, least] = [mask, found];
    turn(grid, mask);
  }
  turn(grid, best);
  drawFormat(grid, best);
  return grid.dark;
}

/** An empty code: which modules are dark, which are no data, and how to set one of those. @param {number} version */
function createGrid(version) {
  const size = version * 4 + 17;
  const dark = Array.from({ length: size }, () => Array(size).fill(false));
  const fixed = dark.map((row) => row.slice());
  const set = (x, y, isDark) => {
    if (!(x in dark) || !(y in dark)) return;
    dark[y][x] = !!isDark;
    fixed[y][x] = true;
  };
  return { size, dark, fixed, set };
}

/** Draw what every code of a version has: timing lines, finders, alignment patterns and the version. */
function drawPatterns({ size, set }, version) {
  /** A square of rings around a centre. */
  const rings = (x, y, reach, light) => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  };
  for (let i = 0; i < size; i++) {
    set(6, i, ~i & 1);
    set(i, 6, ~i & 1);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) rings(x, y, 4, [2, 4]);
  const centres = alignments(version, size);
  const last = centres.length - 1;
  centres.forEach((x, i) =>
    centres.forEach((y, j) => {
      // Three corners have their finders already.
      if (!(i + j === 0 || (i === 0 && j === last) || (i === last && j === 0))) rings(x, y, 2, [1]);
    }),
  );
  if (version <= 6) return;
  const bits = (version << 12) | coded(version, 12, 7973);
  for (let i = 0; i < 18; i++) {
    const [a, b] = [size - 11 + (i % 3), (i / 3) | 0];
    set(a, b, (bits >> i) & 1);
    set(b, a, (bits >> i) & 1);
  }
}

/** Draw the level of correction and the mask. */
function drawFormat({ size, set }, mask) {
  const data = (LEVEL_M << 3) | mask;
  const bits = ((data << 10) | coded(data, 10, 1335)) ^ 21522;
  for (let i = 0; i < 15; i++) {
    const bit = (bits >> i) & 1;
    // Beside the first finder, around the timing lines; and once more beside the other two.
    const [x, y] = i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i < 9 ? [7, 8] : [14 - i, 8];
    set(x, y, bit);
    if (i < 8) set(size - 1 - i, 8, bit);
    else set(8, size - 15 + i, bit);
  }
  set(8, size - 8, 1);
}

/** Draw the data, two columns at a time, from right to left, up and down in turn. */
function drawWords({ size, dark, fixed }, words) {
  let at = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      for (const x of [right, right - 1]) {
        const y = (right + 1) & 2 ? step : size - 1 - step;
        if (fixed[y][x]) continue;
        dark[y][x] = !!((words[at >> 3] >> (7 - (at & 7))) & 1);
        at++;
      }
    }
  }
}

/** Apply a mask to the data, or take it away again. */
function turn({ dark, fixed }, mask) {
  dark.forEach((row, y) => row.forEach((_, x) => fixed[y][x] || MASKS[mask](x, y) || (row[x] = !row[x])));
}

/** The remainder of a BCH code. */
function coded(value, length, polynomial) {
  for (let i = 0; i < length; i++) value = (value << 1) ^ ((value >> (length - 1)) * polynomial);
  return value;
}

function alignments(version, size) {
  if (version < 2) return [];
  const count = (version / 7 | 0) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const steps = version === 32 ? 26 : step;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - i * steps).reverse()];
}

/** How hard a picture is to read: runs, blocks, what looks like a finder, and imbalance. */
function penalty(dark) {
  const size = dark.length;
  let sum = 0;
  let count = 0;
  for (const lines of [dark, dark[0].map((_, x) => dark.map((row) => row[x]))]) {
    for (const line of lines) {
      const text = line.map(Number).join("");
      for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
      sum += 40 * text.match(/(?=10111010000|00001011101)/g)?.length || 0;
    }
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const it = dark[y][x];
      count += +it;
      if (dark[y + 1] && x + 1 < size && it === dark[y][x + 1] && it === dark[y + 1][x] && it === dark[y + 1][x + 1]) sum += 3;
    }
  }
  return sum + 10 * Math.floor(Math.abs((count * 20) / size / size - 10));
}
