/*
 * The words that a button needs before anything else is loaded: its own, in every language, and what it says when nothing
 * else can be. All others are in ../words, one file a language.
 */
import { load } from "./load.js";
import { pause } from "./pause.js";

const SHARE =
  "de:Teilen,fr:Partager,es:Compartir,it:Condividi,pt:Compartilhar,nl:Delen,pl:Udostępnij,sv:Dela,da:Del,nb:Del," +
  "fi:Jaa,cs:Sdílet,tr:Paylaş,uk:Поділитися,ru:Поделиться,el:Κοινοποίηση,he:שיתוף,ar:مشاركة,fa:هم‌رسانی,ur:شیئر کریں,hi:शेयर करें," +
  "ja:共有,ko:공유,zh:分享,id:Bagikan,vi:Chia sẻ,th:แชร์,hu:Megosztás,ro:Distribuie";

const WAIT_MS = 300;

/**
 * @param {string} tag as in `lang`: "pt-BR"
 * @returns {[language: string, share: string]} English where we have no words
 */
export function wordFor(tag) {
  // Browsers and pages have three names for Norwegian.
  const language = tag.toLowerCase().replace(/[^a-z].*/, "").replace(/^n[no]$/, "nb");
  const [, word] = SHARE.match(`(?:^|,)${language}:([^,]+)`) || [];
  return word ? [language, word] : ["en", "Share"];
}

/** The element's own language, or that of what it stands in (through a shadow root: the page's), or the browser's. @param {Element} host */
export function languageOf(host) {
  return wordFor(/** @type {any} */ (host.closest("[lang]") || document.querySelector("html")).lang || navigator.language);
}

/**
 * The other words of a language.
 * @param {string} language
 * @param {Promise<any>} [meanwhile] what is loaded at the same time
 * @returns {Promise<Record<string, string>|undefined>} nothing for English, and where they have not come 300 ms after the rest
 */
export async function wordsFor(language, meanwhile) {
  const words = language === "en" || load("words." + language).catch(String);
  await meanwhile;
  return (await Promise.race([words, pause(WAIT_MS)]))?.default;
}
