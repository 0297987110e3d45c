/*
 * <pass-thanks> and <pass-quote>: loaded when there is something for them to do, somebody who came with a token or text that
 * is selected. Until then they cost next to nothing.
 */
import { run } from "./core.js";
import { define } from "./define.js";
import { on } from "./safely.js";
import { broughtToken } from "./visit.js";

/** Tell who passed this page on, where somebody came with a token. */
export async function thank() {
  if (broughtToken() && document.querySelector("pass-thanks")) return run("thanks");
}

/** Elements may come at any time after the script. */
export function defineCompanions() {
  define("pass-thanks", thank);
  define("pass-quote", quote);
  on(document, "selectionchange", quote);
}

/** @type {any} */
let quoting;
/** Offer a link to what is selected. */
async function quote() {
  if (!quoting && !getSelection()?.isCollapsed && document.querySelector("pass-quote")) return (quoting = run("quote"));
}
