/*
 * <pass-along>. Its children are the fallback for no script at all: a shadow root without a slot
 * hides them once the button is there. A browser without popovers or style sheets for shadow roots
 * keeps them.
 */
import css from "./button.css";
import { settings } from "./config.js";
import { on, safely } from "./safely.js";
import { open } from "./opening.js";
import { createWidget, drawWidget } from "./widget.js";

export const NAME = "pass-along";

/** Attributes that are properties too. `title`, `lang` and `dir` are already. */
const NAMES = "url text image to label look size native credit carrier open quote as icons hashtags via".split(" ");

export function defineElement() {
  if (!HTMLElement.prototype.showPopover) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  /** Draws the widget, or draws it again. */
  const draw = safely((/** @type {any} */ host) => {
    if (host._widget) return drawWidget(host._widget);
    for (const name of NAMES) {
      // What was set before the script came hides the property: it is set once more.
      if (!Object.hasOwn(host, name)) continue;
      const value = host[name];
      delete host[name];
      host[name] = value;
    }
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    host._widget = createWidget(host, root);
    host._open = safely(() => open(host._widget));
  });

  class PassAlong extends HTMLElement {
    static observedAttributes = ["lang", ...NAMES];
    connectedCallback() {
      draw(this);
    }
    attributeChangedCallback() {
      if (/** @type {any} */ (this)._widget) draw(this);
    }
  }
  for (const name of NAMES) {
    Object.defineProperty(PassAlong.prototype, name, {
      get() {
        return this.getAttribute(name) || "";
      },
      set(value) {
        this.setAttribute(name, value ?? "");
      },
    });
  }
  customElements.define(NAME, PassAlong);
}

/** The first element on the page. @returns {any} */
const find = () => document.querySelector(NAME);

/** @param {any} [host] the first one on the page if not said, as soon as there is one */
export function openWidget(host) {
  const found = host || find();
  if (found) return found._open();
  on(document, "DOMContentLoaded", () => find()?._open());
}

/** "Place it for me": on a page that has no button of its own, at the end of what the owner's selector finds first. */
export function place() {
  if (settings.place && !find()) {
    document.querySelector(settings.place)?.append(document.createElement(NAME));
  }
}
