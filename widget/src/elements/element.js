/*
 * What both elements have in common: a box of one height that scrolls inside, so that nothing on the page moves, and the states
 * loading, signed out, failed (with a button that tries again) and shown. Text is placed as text: no markup comes from anywhere.
 */
import { make, makeButton } from "../dom.js";
import { SignedOutError } from "./ask.js";
import css from "./elements.css";
import { languageOf, wordsOf } from "./words.js";

/** @type {CSSStyleSheet} */
let sheet;

export class ShownElement extends HTMLElement {
  _box;
  /** Answers to an earlier question are dropped. */
  _turn = 0;

  connectedCallback() {
    if (!this._box) this._build();
    this._refresh();
  }

  disconnectedCallback() {
    this._turn++;
  }

  /** @param {string} _name @param {string|null} before @param {string|null} now */
  attributeChangedCallback(_name, before, now) {
    if (this._box && this.isConnected && before !== now) this._refresh();
  }

  /** Ask again, and show the answer. @returns {Promise<void>} */
  refresh() {
    return this._refresh();
  }

  async _refresh() {
    const turn = ++this._turn;
    const tag = languageOf(this);
    const [lang, words] = wordsOf(tag);
    if (!this._box.childElementCount) this._say("loading", lang, words.loading);
    this._box.ariaBusy = "true";
    try {
      const nodes = await this._load(tag);
      if (turn === this._turn) this._show("shown", nodes);
    } catch (error) {
      if (turn !== this._turn) return;
      if (error instanceof SignedOutError) this._say("signed-out", lang, words.signed_out);
      else this._say("failed", lang, words.failed, this._retry(words.retry));
    }
  }

  /** @param {string} tag the language that is wanted @returns {Promise<any[]>} what the box shows; each element has its own */
  _load(tag) {
    return Promise.reject(new TypeError(tag));
  }

  _build() {
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    // What scrolls can be reached by keyboard, and so it has a name.
    this._box = make("div", { part: "box", role: "region", tabIndex: 0 });
    root.append(this._box);
  }

  /** @param {string} state @param {string} lang @param {string} text @param {...Node} more */
  _say(state, lang, text, ...more) {
    Object.assign(this._box, { lang, dir: lang === "ar" ? "rtl" : "ltr", ariaLabel: text });
    this._show(state, [make("p", { part: "status", role: "status" }, text), ...more]);
  }

  /** @param {string} text */
  _retry(text) {
    const button = makeButton("retry", text);
    button.addEventListener("click", () => {
      this._box.focus();
      this._refresh();
    });
    return button;
  }

  /** @param {string} state @param {Node[]} nodes */
  _show(state, nodes) {
    this._box.ariaBusy = state === "loading" ? "true" : "false";
    this._box.replaceChildren(...nodes);
    this.dispatchEvent(new CustomEvent("pass:state", { bubbles: true, composed: true, detail: { state } }));
  }

  /** Say in which language what is shown is, and what it is. @param {{ lang: string, dir: string, title: string }} answer */
  _name({ lang, dir, title }) {
    Object.assign(this._box, { lang, dir, ariaLabel: title });
    return make("p", { part: "title" }, title);
  }
}
