/*
 * <pass-thanks>: one quiet line for the person who came through somebody's link, and a way out of being counted. Whose link
 * it was is asked only here, and of a person who says no, not at all; who gave no name, or none in time, is "someone".
 */
import { again, isOut, named, newTab, out, passed, what } from "../words/en.json";
import { tokenIn } from "./address.js";
import { make, makeButton, makeLink } from "./dom.js";
import { core, take } from "./given.js";
import { pause } from "./pause.js";
import { clean } from "./text.js";
import css from "./thanks.css";

/** The line is drawn once: a name that came later would move what somebody reads. */
const WAIT_MS = 1000;

/** Asked once in a page view, by token. @type {Record<string, Promise<string>>} */
const names = {};

/**
 * @param {typeof core} given
 * @param {NodeListOf<HTMLElement>} hosts
 */
export default async function drawThanks(given, hosts) {
  take(given);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  for (const host of hosts) {
    // Where a consent tool has yet to say yes, this is called again.
    if (host.shadowRoot || (core.refused() && !core.saidNo())) continue;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const token = tokenIn(location.href, core.settings.param);
    const name = (names[token] ||= whose(token));
    const [language] = core.languageOf(host);
    const known = await core.wordsFor(language);
    drawLine(root, known ? language : "en", { passed, named, out, isOut, again, what, newTab, ...known }, await name);
  }
}

/** @param {string} token @returns {Promise<string>} "" where nobody is named */
async function whose(token) {
  const asked = core.send("/v1/thanks", { site: core.settings.key, token });
  const answer = await Promise.race([asked, pause(WAIT_MS)]);
  return clean((answer?.name || "") + "");
}

function drawLine(root, lang, words, name) {
  const { settings } = core;
  const says = make("span", { ariaLive: "polite" });
  const no = makeButton("out");
  // Written from right to left or from left to right, it turns nothing else round.
  const said = words.named.replace("{name}", () => `\u2068${name}\u2069`);
  const line = make("p", { part: "thanks", lang }, says, " ", no, " ", makeLink("what", words.what, `${settings.host}/open/${settings.key}`, words.newTab));
  const draw = () => {
    const isNo = core.saidNo();
    says.textContent = isNo ? words.isOut : name ? said : words.passed;
    no.textContent = isNo ? words.again : words.out;
    // Whom nobody counts anyway has nothing to decide.
    line.hidden = !isNo && core.refused();
  };
  core.on(no, "click", () => {
    core.optOut(!core.saidNo());
    draw();
  });
  draw();
  root.append(line);
}
