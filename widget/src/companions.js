/*
 * <pass-thanks> and <pass-quote>: loaded when there is something for them to do, somebody who came with a token or text that
 * is selected. Until then they cost next to nothing.
 */
import { load } from "./load.js";
import { core } from "./core.js";
import { on, safely } from "./safely.js";
import { broughtToken } from "./visit.js";

let isWatching = false;

/** Tell who passed this page on, where somebody came with a token. */
export async function thank() {
  if (broughtToken() && document.querySelector("pass-thanks")) (await load("thanks")).default(core);
}

/** Elements may come at any time after the script. */
export function defineCompanions() {
  define("pass-thanks", thank);
  define("pass-quote", () => {
    if (!isWatching) on(document, "selectionchange", quote);
    isWatching = true;
  });
}

/** @type {any} */
let quoting;
/** Offer a link to what is selected. */
async function quote() {
  if (!quoting && !getSelection()?.isCollapsed) (await (quoting = load("quote"))).default(core);
}

/** @param {string} name @param {() => any} work done whenever one is put into the page */
function define(name, work) {
  customElements.define(
    name,
    class extends HTMLElement {
      connectedCallback() {
        safely(work)();
      }
    },
  );
}
