/*
 * Writes src/glyphs.js and src/rare.json: the paths in use of bootstrap-icons (MIT) and simple-icons (CC0), on one grid, in whole
 * numbers, and what is drawn here because the sets' own drawings are larger.
 *
 *   npm install --no-save bootstrap-icons@1.13.2 simple-icons@16.37.0 svgpath@2.6.0
 *   node glyphs.mjs
 *
 * The result is committed: neither package is needed to build or to test the widget.
 */
import { readFile, writeFile } from "node:fs/promises";
import svgpath from "svgpath";

/** The side of the grid. A glyph is shown 20 px wide: a step is a fifth of a pixel. */
const GRID = 96;

/** Which picture stands for what, by the key of a target or of an entry. */
const BOOTSTRAP = {
  copy: "link-45deg", email: "envelope", whatsapp: "whatsapp", mastodon: "mastodon", bluesky: "bluesky", linkedin: "linkedin",
  x: "twitter-x", facebook: "facebook", reddit: "reddit",
};
const DRAWN = {
  sms: "M48 12c24 0 40 14 40 32S72 76 48 76q-8 0-14-2-8 8-20 10 6-8 4-18Q8 58 8 44C8 26 24 12 48 12zM24 44a6 6 0 1 0 12 0a6 6 0 1 0-12 0m18 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0m18 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0",
  app: "M45 14v46h6V14l12 12 4-4L48 3 29 22l4 4zM20 40v48h56V40H62v6h8v36H26V46h8v-6z",
  more: "M12 48a7 7 0 1 0 14 0a7 7 0 1 0-14 0m29 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0m29 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0",
};
/** Places that few pages offer; their drawings are large. */
const RARE = { line: "line", pinterest: "pinterest", teams: "microsoft-teams", telegram: "telegram", threads: "threads", weibo: "sina-weibo" };
const RARE_SIMPLE = {
  hn: "ycombinator", lobsters: "lobsters", tumblr: "tumblr", vk: "vk", ok: "odnoklassniki", qzone: "qzone", xing: "xing", viber: "viber",
  flipboard: "flipboard", diaspora: "diaspora",
};

await write({ ...(await pathsOf("bootstrap-icons", BOOTSTRAP, 16)), ...DRAWN });
const rare = { ...(await pathsOf("bootstrap-icons", RARE, 16)), ...(await pathsOf("simple-icons", RARE_SIMPLE, 24)) };
await writeFile(new URL("src/rare.json", import.meta.url), JSON.stringify(rare, null, 2) + "\n");

/** @returns {Promise<Record<string, string>>} by key, all paths of a picture as one */
async function pathsOf(folder, names, side) {
  const made = {};
  for (const key in names) {
    const svg = await readFile(new URL(`node_modules/${folder}/icons/${names[key]}.svg`, import.meta.url), "utf8");
    const paths = [...svg.matchAll(/<path[^>]* d="([^"]+)"/g)];
    made[key] = paths.map(([, d]) => svgpath(d).scale(GRID / side).abs().round(0).rel().round(0).toString()).join("");
  }
  return made;
}

async function write(paths) {
  const rows = Object.entries(paths).map(([key, path]) => `  ${key}: "${path}",`);
  const text = `/*
 * Glyphs by the key of a target, drawn on a grid of ${GRID}. Made by ../glyphs.mjs from bootstrap-icons
 * (MIT, © The Bootstrap Authors) and simple-icons (CC0); the marks are their owners'.
 */

/** @type {Record<string, string>} */
export default {
${rows.join("\n")}
};
`;
  await writeFile(new URL("src/glyphs.js", import.meta.url), text);
}
