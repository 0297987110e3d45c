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

const SOURCE = new URL("src/", import.meta.url).pathname;
const WORDS = new URL("words/", import.meta.url);
const OUTPUT = new URL("../server/passalong/web/static/", import.meta.url);
const PLACEHOLDER = '"__ALONG_SITE__"';
const SCRIPT = "along.js";
const WHOLE = "whole.js";
/** What it weighs is what a site gets, with settings in it. */
const SITE = '{"key":"k7f3q9","host":"https://along.example.org","param":"ht","credit":"on","remember":"visit","days":30}';

/** What may weigh how much, in bytes. */
const LIMITS = [
  { names: /^along\.js$/, gzip: 6144, brotli: 5120 },
  { names: /^whole\.js$/, gzip: 16384 },
  { names: /^along\/panel\.js$/, gzip: 6144 },
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
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** All parts in one piece. */
const inOnePiece = {
  name: "in-one-piece",
  setup(builder) {
    builder.onResolve({ filter: /^\.\/load\.js$/ }, () => ({ path: SOURCE + "whole.js" }));
  },
};

const parts = await buildParts();
const define = { PARTS_HASH: JSON.stringify(hashOf(parts)), WORDS_HASHES: JSON.stringify(hashesOfWords(parts)) };
const files = {
  [SCRIPT]: await bundle("index.js", "iife", define),
  [WHOLE]: await bundle("index.js", "iife", define, [inOnePiece]),
  ...parts,
};
const isCheck = process.argv.includes("--check");
const problems = [...whatIsWrong(files), ...(isCheck ? await whatDiffers(files) : [])];

if (problems.length) {
  console.error(problems.join("\n"));
  process.exitCode = 1;
} else {
  if (!isCheck) await write(files);
  report(files);
}

/** @returns {Promise<Record<string, Buffer>>} what is loaded later, by name, in the order of the names */
async function buildParts() {
  const made = {};
  for (const name of ["panel", "qr", "quote", "thanks"]) made[`along/${name}.js`] = await bundle(`${name}.js`, "esm");
  for (const file of (await readdir(WORDS)).sort()) {
    const [language] = file.split(".");
    if (language === "en") continue;
    const words = JSON.stringify(JSON.parse(await readFile(new URL(file, WORDS), "utf8")));
    made[`along/words.${language}.js`] = Buffer.from(`export default ${words}\n`);
  }
  return made;
}

/** @returns {Promise<Buffer>} a bundle as it is served, but for the site's settings */
async function bundle(entry, format, define = {}, plugins = []) {
  const result = await build({
    entryPoints: [SOURCE + entry],
    bundle: true,
    write: false,
    format,
    target: ["es2022"],
    charset: "utf8",
    minify: true,
    mangleProps: /^_/,
    legalComments: "none",
    banner: { js: "/*! Passalong, Apache-2.0 */" },
    define,
    plugins: [minifiedCss, ...plugins],
    logLevel: "silent",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

function hashOf(made) {
  const hash = createHash("sha256");
  for (const name of Object.keys(made).sort()) hash.update(name.replace("along/", "")).update(made[name]);
  return hash.digest("hex").slice(0, 10);
}

/** @returns {Record<string, string>} by the name that a part is asked for, what stands in `integrity` after the algorithm */
function hashesOfWords(made) {
  const words = Object.keys(made).filter((name) => name.startsWith("along/words."));
  return Object.fromEntries(words.map((name) => [name.slice(6, -3), createHash("sha256").update(made[name]).digest("base64")]));
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
function whatIsWrong(files) {
  const found = [];
  for (const name of [SCRIPT, WHOLE]) {
    const places = files[name].toString().split(PLACEHOLDER).length - 1;
    if (places !== 1) found.push(`${name}: the settings' placeholder ${PLACEHOLDER} occurs ${places} times, it must occur once`);
  }
  for (const name in files) {
    const sizes = measure(files[name]);
    for (const kind of ["gzip", "brotli"]) {
      const limit = limitsOf(name)[kind] ?? Infinity;
      if (sizes[kind] > limit) found.push(`${name}: ${kind} ${sizes[kind]} B is over the limit of ${limit} B`);
    }
  }
  return found;
}

/** What `--check` asks on top: are the committed files what these sources give, and is there no other? */
async function whatDiffers(files) {
  const found = [];
  for (const name in files) {
    const committed = await readFile(new URL(name, OUTPUT)).catch(() => Buffer.alloc(0));
    if (!committed.equals(files[name])) found.push(`${name}: the committed file is not what widget gives: run \`node build.mjs\``);
  }
  for (const name of await readdir(new URL("along/", OUTPUT)).catch(() => [])) {
    if (!files[`along/${name}`]) found.push(`along/${name}: nothing in widget gives this file: run \`node build.mjs\``);
  }
  return found;
}

async function write(files) {
  await rm(new URL("along/", OUTPUT), { recursive: true, force: true });
  await mkdir(new URL("along/", OUTPUT), { recursive: true });
  for (const name in files) await writeFile(new URL(name, OUTPUT), files[name]);
}

function report(files) {
  for (const name in files) {
    const { raw, gzip, brotli } = measure(files[name]);
    const { gzip: most, brotli: mostBrotli } = limitsOf(name);
    console.log(`${name}: raw ${raw} B, gzip ${gzip} B (limit ${most}), brotli ${brotli} B${mostBrotli ? ` (limit ${mostBrotli})` : ""}`);
  }
}
