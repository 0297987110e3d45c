/*
 * For an owner who is trying things out: a word that nothing knows is told of in the console, once, on the owner's own machine.
 */
import { TARGETS } from "./targets.js";

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
export function hint(host, said) {
  if (!/^(localhost|127\.|\[::1\])/.test(location.hostname)) return;
  for (const name in KNOWN) {
    for (const word of said(name).split(" ")) {
      if (!word || KNOWN[name].includes(word) || told.has(name + word)) continue;
      told.add(name + word);
      console.info(`<pass-along> knows no ${name}="${word}"; it knows ${KNOWN[name].join(", ")}.`, host);
    }
  }
}
