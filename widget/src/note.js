/*
 * The bodies of what is sent, exactly as docs/wire.md has them. Pure. The names are the wire's, so
 * none begins with an underscore; what is "" is left out when it is sent.
 */

const TITLE_LIMIT = 200;

/**
 * "A person looks at this page and came with this token."
 * @param {string} site
 * @param {import("./memory.js").Arrival} arrival
 * @param {string} page
 * @param {string} guest "" where this browser holds none
 */
export function visitNote(site, { token, visit, visitor }, page, guest) {
  return { site, id: visit, kind: "visit", token, visitor, page, guest };
}

/** "The person who was given this link used it." */
export function shareNote(site, id, token, guest, to) {
  return { site, id, kind: "share", token, guest, to };
}

/** "The person of this visit did something." */
export function outcomeNote(site, id, { token, visit }, goal, page) {
  return { site, id, kind: "outcome", token, visit, goal, page };
}

/**
 * "Somebody is about to share this page."
 * @param {string} parent the token this person came with, or ""
 * @param {string} visitor or ""
 */
export function linkRequest(site, id, guest, page, title, parent, visitor) {
  return { site, id, guest, page, title: [...title].slice(0, TITLE_LIMIT).join(""), parent, visitor };
}
