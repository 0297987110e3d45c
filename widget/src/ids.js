/* Random names: 28 characters of five bits are 140 bits, more than the wire asks for a secret. */

/** @returns {string} 28 characters of [0-9a-v] */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(28)), (byte) => (byte % 32).toString(32)).join("");
}
