/*
 * Passalong widget build.
 *
 *   node build.mjs           bundles src/index.js into the server's static folder
 *   node build.mjs --check   builds in memory; fails if the committed file differs or the script is too big
 *
 * The same sources give the same bytes: nothing of the clock, the machine or the environment goes in.
 */
import { readFile, writeFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const ENTRY = new URL("src/index.js", import.meta.url).pathname;
const OUTPUT = new URL("../server/passalong/web/static/along.js", import.meta.url);
const PLACEHOLDER = '"__ALONG_SITE__"';
const GZIP_LIMIT = 6144;

/** Style sheets are written as .css files and travel as one string. */
const minifiedCss = {
  name: "minified-css",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        target: ["chrome114", "firefox125", "safari17"],
      });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const script = await bundle();
const sizes = measure(script);
const problem = whatIsWrong(script, sizes) || (process.argv.includes("--check") ? await whatDiffers(script) : "");

if (problem) {
  console.error(`along.js: ${problem}`);
  process.exitCode = 1;
} else {
  if (!process.argv.includes("--check")) await writeFile(OUTPUT, script);
  console.log(`along.js: raw ${sizes.raw} B, gzip ${sizes.gzip} B (limit ${GZIP_LIMIT}), brotli ${sizes.brotli} B`);
}

/** @returns {Promise<Buffer>} the script as it is served, but for the site's settings */
async function bundle() {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: "iife",
    target: ["es2022"],
    minify: true,
    mangleProps: /^_/,
    legalComments: "none",
    banner: { js: "/*! Passalong, Apache-2.0 */" },
    plugins: [minifiedCss],
    logLevel: "silent",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** @param {Buffer} bytes */
function measure(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  };
}

/** The faults that must never be written to the static folder. An empty string: none. */
function whatIsWrong(bytes, { gzip }) {
  const places = bytes.toString().split(PLACEHOLDER).length - 1;
  if (places !== 1) return `the settings' placeholder ${PLACEHOLDER} occurs ${places} times, it must occur once`;
  if (gzip > GZIP_LIMIT) return `gzip ${gzip} B is over the limit of ${GZIP_LIMIT} B`;
  return "";
}

/** What `--check` asks on top: is the committed file what these sources give? */
async function whatDiffers(bytes) {
  const committed = await readFile(OUTPUT).catch(() => Buffer.alloc(0));
  return committed.equals(bytes) ? "" : "the committed file is not what widget/src gives: run `node build.mjs`";
}
