/*
 * Addresses and the token in them. Pure. Works on the text: a query that a parser has written anew
 * (`+` for `%20`, `x=` for `x`) is another address to some servers.
 */

/**
 * A token has 27 characters; a word that somebody asked for (`ht=ana`) has at least 3.
 * @param {unknown} text
 */
export function isToken(text) {
  return /^[\w-]{3,27}$/.test(/** @type {string} */ (text));
}

/**
 * The token that an address carries, in its query or its fragment.
 * @param {string} href
 * @param {string} param
 * @returns {string} "" when there is none
 */
export function tokenIn(href, param) {
  return (href.match(`[?&#]${param}=([\\w-]{3,27})(?![^&#])`) || ["", ""])[1];
}

/**
 * The address to share when nobody is credited.
 * @param {string} href
 * @param {string} param
 */
export function withoutToken(href, param) {
  const carrier = RegExp(`([?&#])${param}=[^&#]*&?`, "g");
  return href.search(carrier) < 0 ? href : href.replace(carrier, "$1").replace(/[?&#]+(?=#|$)/g, "");
}

/**
 * The address to share with credit: the token in the query and the fragment kept, or the token in the fragment where there is none yet.
 * @param {string} plain an address without a token
 * @param {string} param
 * @param {string} token
 * @param {string} [carrier] "hash" for the fragment
 */
export function withToken(plain, param, token, carrier) {
  const page = pageOf(plain);
  const joiner = carrier === "hash" && page === plain ? "#" : page.includes("?") ? "&" : "?";
  return page + joiner + param + "=" + token + plain.slice(page.length);
}

/** @param {string} plain @returns {string} what the server is told: a fragment never leaves the browser */
export function pageOf(plain) {
  return plain.split("#")[0];
}

/**
 * What the owner says is shared, or else the page itself.
 * @param {string|null|undefined} said perhaps relative, perhaps nonsense
 * @param {string} here the document's address
 * @param {string} base what relative addresses hang on
 */
export function addressOf(said, here, base) {
  try {
    const { href } = new URL(said || here, base);
    return /^http/.test(href) ? href : here;
  } catch {
    return here;
  }
}
