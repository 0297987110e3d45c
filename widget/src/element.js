/*
 * <pass-along>. Its children are the fallback for no script at all: a shadow root without a slot
 * hides them once the button is there. A browser without popovers or style sheets for shadow roots
 * keeps them.
 */
import css from "./button.css";
import { settings } from "./config.js";
import { on, safely } from "./safely.js";
import { createWidget } from "./widget.js";

export const NAME = "pass-along";

/** Attributes that are properties too. `title`, `lang` and `dir` are already. */
const NAMES = ["url", "text", "image", "to", "label", "look", "size", "native", "credit", "carrier", "open", "quote"];

export function defineElement() {
  if (!HTMLElement.prototype.showPopover) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  /** Draws the widget, or draws it again. */
  const draw = safely((host) => {
    if (host._draw) return host._draw();
    for (const name of NAMES) {
      // What was set before the script came hides the property: it is set once more.
      if (!Object.hasOwn(host, name)) continue;
      const value = host[name];
      delete host[name];
      host[name] = value;
    }
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    host._draw = createWidget(host, root);
  });

  class PassAlong extends HTMLElement {
    static observedAttributes = ["lang", ...NAMES];
    connectedCallback() {
      draw(this);
    }
    attributeChangedCallback() {
      if (this._draw) draw(this);
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

/** @param {any} [host] the first one on the page if not said, as soon as there is one */
export function openWidget(host) {
  const found = host || document.querySelector(NAME);
  if (found) return found._open();
  on(document, "DOMContentLoaded", () => document.querySelector(NAME)?._open());
}

/** "Place it for me": on a page that has no button of its own, at the end of what the owner's selector finds first. */
export function place() {
  if (settings.place && !document.querySelector(NAME)) {
    document.querySelector(settings.place)?.append(document.createElement(NAME));
  }
}
