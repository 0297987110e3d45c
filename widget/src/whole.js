/*
 * A frozen version is held to one hash, so all that can run is in one piece: this file takes the place of load.js, and the parts come
 * with it. What is still loaded later are the words of another language and rare glyphs. They are data, fetched and held to their hashes; a browser
 * that gets others has English. (Why not hashes for modules: WebKit loads a module whatever its `modulepreload` link's integrity
 * says, and an import map is inline script, which strict policies refuse.)
 */
import carry, { goOn } from "./carry.js";
import qr from "./code.js";
import { fileOf } from "./config.js";
import explain from "./explain.js";
import panel from "./panel.js";
import print from "./paper.js";
import { pause } from "./pause.js";
import quote from "./quote.js";
import layout from "./layout.js";
import links from "./sharing.js";
import thanks from "./thanks.js";

/** @type {Record<string, any>} */
const PARTS = { carry, explain, layout, links, panel, print, qr, quote, thanks };
/** A file of data is this and an object in JSON. */
const BEFORE = "export default ";

/** As long as a part would have travelled the words may, too. */
const WORDS_WAIT_MS = 1000;
/** @type {Promise<any>|undefined} */
let data;

/** @param {string} name @returns {Promise<any>} */
export async function load(name) {
  const [, hash] = DATA_HASHES.match(`,${name}:([^,]+)`) || [];
  if (hash) return (data = fetchData(name, hash));
  // What helps on the owner's own machine alone is not in it.
  if (!PARTS[name]) throw new Error(name);
  // Words are asked for right after the part that says them.
  await null;
  await Promise.race([data?.catch(String), pause(WORDS_WAIT_MS)]);
  return { default: PARTS[name], goOn };
}

/** @param {string} name @param {string} hash */
async function fetchData(name, hash) {
  const answer = await fetch(fileOf(name), { integrity: `sha256-${hash}=`, credentials: "omit" });
  return { default: JSON.parse((await answer.text()).slice(BEFORE.length)) };
}
