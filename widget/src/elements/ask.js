/* Requests to where this script came from, also through the owner's own proxy at /_along/. Nothing of the browser goes with them: no cookie. */

/** The token has ended, or there is none: the page has to say whose credit it is. */
export class SignedOutError extends Error {}

const HOST = new URL("../", import.meta.url);
const LONGEST_MS = 15_000;

/**
 * @param {string} path without a slash in front
 * @param {object} [body] sent as text, so that no browser asks for leave first
 * @returns {Promise<any>} the answer; throws SignedOutError, or Error for anything else
 */
export async function ask(path, body) {
  const sent = body && { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(new URL(path, HOST), { ...sent, credentials: "omit", referrerPolicy: "origin", signal: AbortSignal.timeout(LONGEST_MS) });
  if (response.status === 401) throw new SignedOutError();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/**
 * A token from a route of the owner's, which knows its own session.
 * @param {string} url
 * @returns {Promise<string>} throws SignedOutError where the route says that nobody is signed in
 */
export async function tokenFrom(url) {
  const response = await fetch(url, { method: "POST", credentials: "same-origin", signal: AbortSignal.timeout(LONGEST_MS) });
  if (response.status === 401 || response.status === 403) throw new SignedOutError();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()).token;
}
