/*
 * <pass-thanks>: one quiet line for the person who came through somebody's link, and a way out of being counted. Whose link
 * it was is asked only here, and of a person who says no, not at all; who gave no name, or none in time, is "someone".
 * Where the rule has a reward for the person who came, the line says that, too. One tap thanks everyone who carried the link: the
 * line says to whom before the tap, and nothing is kept or sent without it.
 */
import { again, gain, isOut, named, newTab, out, passed, thank, thanked, toAll, toNamed, what } from "../words/en.json";
import { make, makeButton, makeLink } from "./dom.js";
import { core, take } from "./given.js";
import { sayNo } from "./own.js";
import { pause } from "./pause.js";
import { clean } from "./text.js";
import css from "./thanks.css";

/** The line is drawn once: a name that came later would move what somebody reads. */
const WAIT_MS = 1000;

/** Asked once in a page view, by token and language. @type {Record<string, Promise<{name: string, reward: string}>>} */
const answers = {};

/**
 * @param {typeof core} given
 */
export default async function drawThanks(given) {
  take(given);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  for (const host of document.querySelectorAll("pass-thanks")) {
    // Where a consent tool has yet to say yes, this is called again.
    if (host.shadowRoot || (core._refused() && !core._saidNo())) continue;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const token = core._broughtToken();
    const [language] = core._languageOf(host);
    const answer = (answers[token + language] ||= behind(token, language));
    const known = await core._wordsFor(language);
    drawLine(root, known ? language : "en", { passed, named, gain, out, isOut, again, what, newTab, thank, thanked, toAll, toNamed, ...known }, await answer);
  }
}

/** @param {string} token @param {string} lang @returns {Promise<{name: string, reward: string}>} "" for what there is none of */
async function behind(token, lang) {
  const asked = core._send("/v1/thanks", { site: core._settings.key, token, lang });
  const { name = "", reward = "" } = (await Promise.race([asked, pause(WAIT_MS)])) || {};
  return { name: clean(name + ""), reward: clean(reward + "") };
}

function drawLine(root, lang, words, { name, reward }) {
  const { host, key } = core._settings;
  const says = make("span", { ariaLive: "polite" });
  const no = makeButton("");
  // Written from right to left or from left to right, it turns nothing else round.
  const put = (text, slot, value) => text.replace(`{${slot}}`, () => `\u2068${value}\u2069`);
  const said = name ? put(words.named, "name", name) : words.passed;
  const more = reward ? ` ${put(words.gain, "reward", reward)}` : "";
  const thanking = makeThanks(words, name ? put(words.toNamed, "name", name) : words.toAll);
  const line = make("p", { part: "thanks", lang }, says, thanking, no, " ", makeLink("what", words.what, `${host}/open/${key}`, words.newTab));
  const draw = () => {
    const isNo = core._saidNo();
    says.textContent = isNo ? words.isOut : said + more;
    no.textContent = isNo ? words.again : words.out;
    // A press on "out" alone is no sign of a person who may be counted (seen.js).
    no.part = isNo ? "out again" : "out";
    thanking.hidden = isNo;
    // Whom nobody counts anyway has nothing to decide.
    line.hidden = !isNo && core._refused();
  };
  core._on(no, "click", () => {
    sayNo(!core._saidNo());
    draw();
  });
  draw();
  root.append(line);
}

/** @param {Words} words @param {string} to who will learn of it @returns {HTMLElement} the button, and to whom its thanks go */
function makeThanks(words, to) {
  const button = makeButton("thank", words.thank);
  const says = make("span", { tabIndex: -1 }, to);
  core._on(button, "click", () => {
    button.hidden = true;
    says.textContent = "✓ " + words.thanked;
    says.focus();
    // The press is a sign of a person, but the visit is noted in its second second: thanks wait for it.
    if (!tell()) document.addEventListener("along:arrive", tell, { once: true });
  });
  return make("span", { className: "t" }, button, says);
}

/** @returns {any} nothing where there is no visit, or none yet; a visit's thanks have its name, so that they count once */
function tell() {
  const [token, visit] = core._code()?.split(".") || [];
  return token && core._send("/v1/notes", { site: core._settings.key, id: visit, kind: "thanks", token, visit });
}
