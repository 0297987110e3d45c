/*
 * Weighs what a page loads for a row of eight share targets: ours, shareon, Shariff and react-share, each with its style sheet.
 *
 *   npm install --no-save shareon@2.8.1 shariff@3.3.0 react-share@5.3.0
 *   node peers.mjs
 *
 * react-share is bundled with the same eight buttons and icons; React itself is not counted.
 */
import { readFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const read = (path) => readFile(new URL(path, here));
const built = (name) => read(`../server/passalong/web/static/${name}`);

const EIGHT = "Email Whatsapp Bluesky Linkedin Twitter Facebook Reddit Telegram".split(" ");
const names = EIGHT.flatMap((one) => [`${one}ShareButton`, `${one}Icon`]).join(", ");
const react = await build({
  stdin: { contents: `export { ${names} } from "react-share";`, resolveDir: here.pathname },
  bundle: true, minify: true, write: false, format: "esm", external: ["react", "react/jsx-runtime"],
});

const rows = {
  "ours, a button": [await built("along.js")],
  "ours, a row": [await built("along.js"), await built("along/layout.js")],
  shareon: [await read("node_modules/shareon/dist/shareon.iife.js"), await read("node_modules/shareon/dist/shareon.min.css")],
  Shariff: [await read("node_modules/shariff/dist/shariff.min.js"), await read("node_modules/shariff/dist/shariff.min.css")],
  "react-share": [react.outputFiles[0].contents],
};
for (const [name, files] of Object.entries(rows)) {
  const sum = (weigh) => files.reduce((total, bytes) => total + weigh(bytes).length, 0);
  console.log(`${name}: ${files.length} files, raw ${sum((one) => one)} B, gzip ${sum(gzipSync)} B, brotli ${sum(brotliCompressSync)} B`);
}
