/*
 * Loads a site's script, and calls `window.along` before and after it is there. Every function may be called on a server, where it
 * does nothing: pages that are rendered there import this like any other.
 */

const CALLS = ["open", "link", "code", "outcome", "consent", "forget", "moved", "explain"];
const isBrowser = typeof document === "object";

/** @type {Promise<void>|undefined} */
let loading;

/**
 * Load the script, once; later calls give the same promise. It is kept when the script cannot come: links stay plain.
 * @param {import("./index.js").LoadOptions} options
 * @returns {Promise<void>} when the script has run, or could not
 */
export function load({ host, site, src = `${host}/along/${site}.js`, integrity, nonce, config }) {
  if (!isBrowser) return Promise.resolve();
  return (loading ||= new Promise((done) => {
    queueCalls();
    Object.assign((window.along.config ||= {}), config);
    const script = document.createElement("script");
    Object.assign(script, { src, async: true, onload: () => done(), onerror: () => done() });
    if (integrity) Object.assign(script, { integrity, crossOrigin: "anonymous" });
    if (nonce) script.nonce = nonce;
    document.head.append(script);
  }));
}

/** Calls that come before the script are done when it is there. */
function queueCalls() {
  const early = (window.along ||= {});
  if (early.code) return;
  early.q ||= [];
  for (const name of CALLS) early[name] = (...given) => new Promise((done) => early.q.push([name, given, done]));
}

/** @param {string} name @returns {(...given: any[]) => Promise<any>} */
const call =
  (name) =>
  async (...given) => {
    if (!isBrowser) return null;
    queueCalls();
    return window.along[name](...given);
  };

export const open = call("open");
export const link = call("link");
export const code = call("code");
export const outcome = call("outcome");
export const consent = call("consent");
export const forget = call("forget");
export const explain = call("explain");
