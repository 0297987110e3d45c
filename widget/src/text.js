/*
 * Text that leaves the page. Pure. Titles come from anywhere, and half a character (a lone
 * surrogate) makes encodeURIComponent throw and the server refuse.
 */

/** @param {string} text @returns {string} without control characters and halves, spaces made one */
export function clean(text) {
  return text.replace(/[\p{Cc}\p{Cs}\s]+/gu, " ").trim();
}

/**
 * @param {string} text
 * @param {number} limit in what a reader sees as one character; never cuts through one
 */
export function cut(text, limit) {
  // Making a segmenter is slow, and most titles are short.
  if (text.length <= limit) return text;
  const pieces = Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
  if (pieces.length <= limit) return text;
  return limit < 1 ? "" : pieces.slice(0, limit - 1).join("").trim() + "…";
}
