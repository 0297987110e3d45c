/*
 * Quotes: what is selected, and the address that leads to it (a text fragment). Pure but for the selection itself.
 */

const LEAST = 12;
const MOST = 400;
/** A longer quote is named by its ends. */
const WHOLE = 80;
const ENDS = 4;

/**
 * The text that is selected inside the places that the owner named.
 * @param {string} place a selector; nothing: no quotes
 * @returns {string} "" where nothing is, or too little or too much
 */
export function selection(place) {
  const chosen = place && getSelection();
  if (!chosen || chosen.isCollapsed) return "";
  const node = chosen.getRangeAt(0).commonAncestorContainer;
  const element = /** @type {Element|null} */ (node.nodeType === 1 ? node : node.parentElement);
  return element?.closest(place) ? quotable(chosen + "") : "";
}

/** @param {string} text @returns {string} the text, trimmed, or "" where it has too few or too many characters */
export function quotable(text) {
  const trimmed = text.trim();
  return trimmed.length >= LEAST && trimmed.length <= MOST ? trimmed : "";
}

/**
 * @param {string} address of the page
 * @param {string} text
 */
export function withQuote(address, text) {
  return address.replace(/:~:.*/, "") + (address.includes("#") ? "" : "#") + ":~:text=" + directive(text);
}

/** @param {string} text */
export function directive(text) {
  const blocks = text.split(/\s*\n\s*/).map((block) => block.split(/\s+/));
  // The ends of one block must not run into each other.
  if (!blocks[1] && (text.length <= WHOLE || blocks[0].length <= 2 * ENDS)) return encode(text);
  const ends = [blocks[0].slice(0, ENDS), /** @type {string[]} */ (blocks.at(-1)).slice(-ENDS)];
  return ends.map((words) => encode(words.join(" "))).join();
}

/** A dash has a meaning there; commas and ampersands are escaped already. */
function encode(text) {
  return encodeURIComponent(text.replace(/\s+/g, " ")).replace(/-/g, "%2D");
}
