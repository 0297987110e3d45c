/*
 * <pass-thanks>: one quiet line for the person who came through somebody's link, and a way out of being counted.
 */
import { again, isOut, newTab, out, passed, what } from "../words/en.json";
import { make, makeButton, makeLink } from "./dom.js";
import { core, take } from "./given.js";
import css from "./thanks.css";

/**
 * @param {typeof core} given
 * @param {NodeListOf<HTMLElement>} hosts
 */
export default async function drawThanks(given, hosts) {
  take(given);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  for (const host of hosts) {
    if (host.shadowRoot) continue;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const [language] = core.languageOf(host);
    const known = await core.wordsFor(language);
    drawLine(root, known ? language : "en", { passed, out, isOut, again, what, newTab, ...known });
  }
}

function drawLine(root, lang, words) {
  const { settings } = core;
  const says = make("span", { ariaLive: "polite" });
  const no = makeButton("out");
  const line = make("p", { part: "thanks", lang }, says, " ", no, " ", makeLink("what", words.what, `${settings.host}/open/${settings.key}`, words.newTab));
  const draw = () => {
    const isNo = core.saidNo();
    says.textContent = isNo ? words.isOut : words.passed;
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
