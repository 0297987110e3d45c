/* The part `hints`, loaded on the owner's own machine: unknown attribute values are named in the console, once. */
import { TARGETS } from "./targets.js";

/** @type {Record<string, string[]>} */
const KNOWN = {
  look: ["outline", "solid", "plain", "icon"],
  size: ["m", "s", "l"],
  native: ["auto", "always", "never"],
  credit: ["on", "ask", "off"],
  carrier: ["query", "hash", "hop"],
  open: ["below", "above", "sheet"],
  // The first four are there whether they are named or not.
  to: ["copy", "native", "qr", "quote", ...Object.keys(TARGETS), "print"],
};
const told = new Set();

/**
 * @param {HTMLElement} host
 * @param {(name: string) => string} said
 */
export default function hint(host, said) {
  for (const name of Object.keys(KNOWN)) {
    for (const word of said(name).split(" ")) {
      if (!word || KNOWN[name].includes(word) || told.has(name + word)) continue;
      told.add(name + word);
      console.info(`<pass-along> knows no ${name}="${word}"; it knows ${KNOWN[name].join(", ")}.`, host);
    }
  }
}
