/*
 * Addresses and the token in them. Pure. Works on the text: a query that a parser has written anew
 * (`+` for `%20`, `x=` for `x`) is another address to some servers.
 */

/** A token has 27 characters, a code (`ht=ana`) up to 24. After them only what a sentence or a mail program adds may follow. */
const VALUE = /^(?:%..|3D(?=.{27}))*(?:([\w-]{27})(?![a-z\d])|([\w-]{0,23}[a-z\d])(?:%..|[^a-z\d%])*(?:(?:<|%3C).*)?$)/i;

/**
 * @param {unknown} text
 */
export function isToken(text) {
  return /^[\w-]{3,27}$/.test(/** @type {string} */ (text));
}

/**
 * The token that an address carries, in its query or its fragment. Punctuation and markup behind it are cut off, and `&amp;`
 * counts as `&`: links are copied out of sentences and page sources.
 * @param {string} href
 * @param {string} param as a regular expression
 * @returns {string} "" when there is none
 */
export function tokenIn(href, param) {
  for (const [, value] of href.matchAll(RegExp(`[?&#;]${param}=([^&#]*)`, "g"))) {
    const [, token, code] = value.match(VALUE) || [];
    if (token || code) return token || code;
  }
  return "";
}

/**
 * An address without some of its parameters.
 * @param {string} href
 * @param {string} names as a regular expression
 */
export function without(href, names) {
  const dropped = RegExp(`([?&#])(?:(?:amp;)*(?:${names})(?:=[^&#]*)?(?:&|(?![^#])))+(?:amp;)*`, "gi");
  return href.search(dropped) < 0 ? href : href.replace(dropped, "$1").replace(/[?&#]+(?=#|$)/g, "");
}

/**
 * @param {string|string[]} patterns names of parameters, `*` at the end stands for anything
 * @returns {string} a regular expression for `without`: some mail gateways escape letters of names (`utm%5Fsource`)
 */
export function namesOf(patterns) {
  const names = [patterns].join().split(/[\s,]+/).filter(Boolean);
  return names.map((name) => name.replace(/./g, letterOf)).join("|") || "(?!)";
}

/** @param {string} letter @returns {string} an expression for it, escaped or not, small or capital */
function letterOf(letter) {
  if (letter === "*") return "[^=&#]*";
  const [high, low] = letter.charCodeAt(0).toString(16);
  return `(?:${letter.replace(/\W/, "\\$&")}|%[${high}${+high - 2}]${low})`;
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

/**
 * The page's own name for itself, where it only leaves parameters out.
 * @param {string} here the document's address
 * @param {string|undefined} canonical what the page says, perhaps nonsense
 * @returns {string} the canonical address with the fragment of this one, or this one
 */
export function canonicalOf(here, canonical) {
  try {
    const [page, said] = [new URL(here), new URL(canonical || here)];
    const isPart = [...said.searchParams].every(([name, value]) => page.searchParams.getAll(name).includes(value));
    if (!isPart || said.origin + said.pathname !== page.origin + page.pathname) return here;
    said.hash = page.hash;
    return canonical ? said.href : here;
  } catch {
    return here;
  }
}
