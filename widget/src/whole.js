/*
 * A frozen version is held to one hash, so all that can run is in one piece: this file takes the place of load.js, and the parts come
 * with it. What is still loaded later are the words of another language. They are data, fetched and held to their hashes; a browser
 * that gets others has English. (Why not hashes for modules: WebKit loads a module whatever its `modulepreload` link's integrity
 * says, and an import map is inline script, which strict policies refuse.)
 */
import { fileOf } from "./config.js";
import * as panel from "./panel.js";
import { pause } from "./pause.js";
import * as qr from "./qr.js";
import * as quote from "./quote.js";
import * as thanks from "./thanks.js";

const PARTS = { panel, qr, quote, thanks };
/** A file of words is this and an object in JSON. */
const BEFORE = "export default ";

/** As long as a part would have travelled the words may, too. */
const WORDS_WAIT_MS = 1000;
let words;

/** @param {string} name @returns {Promise<any>} */
export async function load(name) {
  if (!PARTS[name]) return (words = fetchWords(name));
  // Words are asked for right after the part that says them.
  await null;
  await Promise.race([words?.catch(String), pause(WORDS_WAIT_MS)]);
  return PARTS[name];
}

async function fetchWords(name) {
  const answer = await fetch(fileOf(name), { integrity: "sha256-" + WORDS_HASHES[name], credentials: "omit" });
  return { default: JSON.parse((await answer.text()).slice(BEFORE.length)) };
}
