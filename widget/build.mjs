/*
 * Passalong widget build.
 *
 *   node build.mjs           bundles src and words into the server's static folder
 *   node build.mjs --check   builds in memory; fails if a committed file differs or is too big
 *
 * `along.js` is what every view loads; what lies in `along/` is loaded when somebody needs it. The script has a hash of all
 * those parts in it, so that a part and the script that asks for it always fit together. `whole.js` is the same with all parts in it:
 * `make freeze` publishes it, because one hash then holds everything that can run.
 * The same sources give the same bytes: nothing of the clock, the machine or the environment goes in.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

const SOURCE = new URL("src/", import.meta.url).pathname;
const WORDS = new URL("words/", import.meta.url);
const OUTPUT = new URL("../server/passalong/web/static/", import.meta.url);
const PLACEHOLDER = '"__ALONG_SITE__"';
const SCRIPT = "along.js";
const WHOLE = "whole.js";
/** <pass-credit> and <pass-book>: a module of its own, which no script of ours asks for. */
const ELEMENTS = "pass-credit.js";
/** Strings of the portal (`elements.json`) that the elements say when no server could. */
const CATALOGUE = new URL("../server/passalong/i18n/", import.meta.url);
const STATES = ["signed_out", "loading", "failed", "retry"];
/** Lazy parts by the name that they are asked for, and their entries. */
const PARTS = { carry: "carry.js", explain: "explain.js", hints: "hints.js", layout: "layout.js", links: "sharing.js", panel: "panel.js", print: "paper.js", qr: "code.js", quote: "quote.js", thanks: "thanks.js" };
/** What it weighs is what a site gets, with settings in it. */
const SITE = '{"key":"k7f3q9","host":"https://along.example.org","param":"ht","credit":"on","remember":"visit","days":30}';

/** What the minifier may do or leave in what every view loads. */
const LEFT_IN = [{}, { booleans: false }, { if_return: false }];
const VARIANTS = [2, 3].flatMap((passes) =>
  [true, false].flatMap((sequences) => [true, false].flatMap((unsafe_arrows) => LEFT_IN.map((one) => ({ passes, sequences, unsafe_arrows, ...one })))),
);

/** `_names` have the same short name in every file, because parts and script share objects. */
let mangleCache = {};

/** What may weigh how much, in bytes. */
const LIMITS = [
  { names: /^along\.js$/, gzip: 6144, brotli: 5120 },
  { names: /^whole\.js$/, gzip: 24576 },
  { names: /^pass-credit\.js$/, brotli: 8192 },
  { names: /^along\/panel\.js$/, gzip: 9216 },
  { names: /^along\/links\.js$/, gzip: 2304 },
  { names: /^along\/layout\.js$/, brotli: 6144 },
  { names: /^along\/explain\.js$/, gzip: 3072 },
  { names: /^along\/thanks\.js$/, gzip: 1792 },
  { names: /^along\/rare\.js$/, gzip: 3072 },
  { names: /^along\/qr\.js$/, gzip: 3072 },
  { names: /^along\//, gzip: 1536 },
];

/** Style sheets are written as .css files and travel as one string. */
const minifiedCss = {
  name: "minified-css",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        target: ["chrome117", "firefox129", "safari17.5"],
      });
      return { contents: tighter(code), loader: "text" };
    });
  },
};

/** The minifier leaves the values of custom properties as they are, spaces and all. */
function tighter(code) {
  return code.trim().replace(/(--[\w-]+): /g, "$1:").replace(/var\((--[\w-]+), /g, "var($1,");
}

/** All parts in one piece, but for what it has no room for: where no browser needs a hand, `keepBeside` does nothing. */
const inOnePiece = {
  name: "in-one-piece",
  setup(builder) {
    builder.onResolve({ filter: /^\.\/load\.js$/ }, () => ({ path: SOURCE + "whole.js" }));
    builder.onLoad({ filter: /panel\/beside\.js$/ }, () => ({ contents: "export const keepBeside = () => {}" }));
  },
};

// What every view loads comes first: it gets the shortest names.
await bundle("index.js", "iife");
const parts = await buildParts();
const constants = { PARTS_HASH: JSON.stringify(hashOf(parts)), DATA_HASHES: JSON.stringify(hashesOfData(parts)) };
const files = {
  [SCRIPT]: await bundle("index.js", "iife", constants, [], VARIANTS),
  [WHOLE]: await bundle("index.js", "iife", constants, [inOnePiece], [{ passes: 6, unsafe_methods: true }]),
  ...parts,
  [ELEMENTS]: await bundle("elements/index.js", "esm", { ELEMENT_WORDS: JSON.stringify(await elementWords()) }),
};
const isCheck = process.argv.includes("--check");
const problems = [...whatIsWrong(files), ...(isCheck ? await whatDiffers(files) : [])];

if (problems.length) {
  report(files);
  console.error(problems.join("\n"));
  process.exitCode = 1;
} else {
  if (!isCheck) await write(files);
  report(files);
}

/** @returns {Promise<Record<string, Buffer>>} what is loaded later, by name, in the order of the names */
async function buildParts() {
  const made = {};
  for (const name in PARTS) made[`along/${name}.js`] = await bundle(PARTS[name], "esm");
  for (const file of (await readdir(WORDS)).sort()) {
    const [language] = file.split(".");
    if (language === "en") continue;
    made[`along/words.${language}.js`] = data(await readFile(new URL(file, WORDS), "utf8"));
  }
  made["along/rare.js"] = data(await readFile(SOURCE + "rare.json", "utf8"));
  return made;
}

/** @param {string} json @returns {Buffer} a module of data */
function data(json) {
  return Buffer.from(`export default ${JSON.stringify(JSON.parse(json))}\n`);
}

/** @returns {Promise<Buffer>} a bundle as it is served, but for the site's settings */
async function bundle(entry, format, given = {}, plugins = [], settings = undefined) {
  const result = await build({
    entryPoints: [SOURCE + entry],
    bundle: true,
    write: false,
    format,
    target: ["es2022"],
    charset: "utf8",
    minify: true,
    mangleProps: /^_/,
    mangleCache,
    legalComments: "none",
    banner: { js: "/*! Passalong, Apache-2.0 */" },
    define: { LAYOUT_WORDS: entry === PARTS.layout ? JSON.stringify(await layoutWords()) : "{}", ...given },
    plugins: [minifiedCss, ...plugins],
    logLevel: "silent",
  });
  mangleCache = result.mangleCache;
  return Buffer.from(await shorten(result.outputFiles[0].text, format, settings));
}

/** @returns {Promise<Record<string, string[]>>} the words that a row or a bar shows before anything is pressed, by language */
async function layoutWords() {
  const made = {};
  for (const file of (await readdir(WORDS)).sort()) {
    const { copy, email } = JSON.parse(await readFile(new URL(file, WORDS), "utf8"));
    if (file !== "en.json") made[file.split(".")[0]] = [copy, email];
  }
  return made;
}

/** @returns {Promise<Record<string, Record<string, string>>>} what the elements say of their own state, by language of the portal */
async function elementWords() {
  const made = {};
  for (const entry of (await readdir(CATALOGUE, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name.startsWith("_")) continue;
    const said = JSON.parse(await readFile(new URL(`${entry.name}/elements.json`, CATALOGUE), "utf8"));
    made[entry.name] = Object.fromEntries(STATES.map((state) => [state, said[state]]));
  }
  return made;
}

/**
 * A second minifier takes another twentieth off. With other settings it gives code that does the same and is as long, but that brotli
 * writes in up to 40 bytes more or less: the shortest is taken.
 */
async function shorten(code, format, settings = [{}]) {
  const made = await Promise.all(settings.map((some) => shortenOnce(code, format, some)));
  return made.map((short) => ({ short, size: measure(Buffer.from(short)).brotli })).sort((a, b) => a.size - b.size)[0].short;
}

async function shortenOnce(code, format, some) {
  const { code: short } = await minify(code, {
    module: format === "esm",
    toplevel: true,
    ecma: 2020,
    compress: { passes: 3, sequences: false, unsafe_arrows: true, pure_getters: true, ...some },
    format: { comments: /^!/ },
  });
  // Nothing in it hangs on the mode, and modules have no other.
  return short.replace('"use strict";', "") + "\n";
}

function hashOf(made) {
  const hash = createHash("sha256");
  for (const name of Object.keys(made).sort()) hash.update(name.replace("along/", "")).update(made[name]);
  return hash.digest("hex").slice(0, 8);
}

/** @returns {string} `,NAME:HASH` of every file of data, without the `=` that ends each hash: compressed, this is shorter than JSON */
function hashesOfData(made) {
  const names = Object.keys(made).filter((name) => /words\.|rare/.test(name));
  return names.map((name) => `,${name.slice(6, -3)}:${createHash("sha256").update(made[name]).digest("base64").slice(0, -1)}`).join("");
}

/** @param {Buffer} built */
function measure(built) {
  const bytes = Buffer.from(built.toString().replace(PLACEHOLDER, SITE));
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

function limitsOf(name) {
  return LIMITS.find(({ names }) => names.test(name));
}

/** The faults that must never be written to the static folder. */
function whatIsWrong(made) {
  const found = [];
  for (const name of [SCRIPT, WHOLE]) {
    const places = made[name].toString().split(PLACEHOLDER).length - 1;
    if (places !== 1) found.push(`${name}: the settings' placeholder ${PLACEHOLDER} occurs ${places} times, it must occur once`);
  }
  for (const name in made) {
    const sizes = measure(made[name]);
    for (const kind of ["gzip", "brotli"]) {
      const limit = limitsOf(name)[kind] ?? Infinity;
      if (sizes[kind] > limit) found.push(`${name}: ${kind} ${sizes[kind]} B is over the limit of ${limit} B`);
    }
  }
  return found;
}

/** What `--check` asks on top: are the committed files what these sources give, and is there no other? */
async function whatDiffers(made) {
  const found = [];
  for (const name in made) {
    const committed = await readFile(new URL(name, OUTPUT)).catch(() => Buffer.alloc(0));
    if (!committed.equals(made[name])) found.push(`${name}: the committed file is not what widget gives: run \`node build.mjs\``);
  }
  for (const name of await readdir(new URL("along/", OUTPUT)).catch(() => [])) {
    if (!made[`along/${name}`]) found.push(`along/${name}: nothing in widget gives this file: run \`node build.mjs\``);
  }
  return found;
}

async function write(made) {
  await rm(new URL("along/", OUTPUT), { recursive: true, force: true });
  await mkdir(new URL("along/", OUTPUT), { recursive: true });
  for (const name in made) await writeFile(new URL(name, OUTPUT), made[name]);
}

function report(made) {
  for (const name in made) {
    const { raw, gzip, brotli } = measure(made[name]);
    const { gzip: most, brotli: mostBrotli } = limitsOf(name);
    console.log(`${name}: raw ${raw} B, gzip ${gzip} B${most ? ` (limit ${most})` : ""}, brotli ${brotli} B${mostBrotli ? ` (limit ${mostBrotli})` : ""}`);
  }
}
