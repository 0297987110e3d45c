/* The words for what no server can say, because it was not asked or did not answer: from the portal's own catalogue, by the build. */

/** @typedef {{ signed_out: string, loading: string, failed: string, retry: string }} StateWords */

/** @type {Record<string, StateWords>} */
// @ts-expect-error the build puts it here
const WORDS = ELEMENT_WORDS;

/** The element's own language, or that of what it stands in (through a shadow root: the page's), or the browser's. @param {Element} host */
export function languageOf(host) {
  return /** @type {any} */ (host.closest("[lang]") || document.documentElement).lang || navigator.language;
}

/** @param {string} tag as in `lang`: "pt-BR" @returns {[string, StateWords]} English where the portal has no words */
export function wordsOf(tag) {
  const language = tag.toLowerCase().replace(/[^a-z].*/, "");
  return WORDS[language] ? [language, WORDS[language]] : ["en", WORDS.en];
}
