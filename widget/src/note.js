/*
 * The bodies of what is sent, exactly as docs/wire.md has them. Pure. The names are the wire's, so
 * none begins with an underscore; what is "" is left out when it is sent.
 */

const TITLE_LIMIT = 200;

/**
 * "A person looks at this page and came with this token."
 * @param {string} site
 * @param {Arrival} arrival
 * @param {string} page
 * @param {string} guest "" where this browser holds none
 */
export function visitNote(site, arrival, page, guest) {
  return { site, id: arrival.visit, kind: "visit", token: arrival.token, visitor: arrival.visitor, page, guest };
}

/** "The person who was given this link used it." */
export function shareNote(site, id, token, guest, to) {
  return { site, id, kind: "share", token, guest, to };
}

/** "The person of this visit did something." */
export function outcomeNote(site, id, arrival, goal, page) {
  return { site, id, kind: "outcome", token: arrival.token, visit: arrival.visit, goal, page };
}

/**
 * "Somebody is about to share this page."
 * @param {{site: string, id: string, guest: string, page: string, title: string, parent?: string, visitor?: string}} request
 *   `parent` is the token that this person came with
 */
export function linkRequest(request) {
  return { ...request, title: [...request.title].slice(0, TITLE_LIMIT).join("") };
}
