/*
 * <pass-along>. Its children are the fallback for no script at all: a shadow root without a slot
 * hides them once the button is there. A browser without popovers or style sheets for shadow roots
 * keeps them.
 */
import css from "./button.css";
import { settings } from "./config.js";
import { define } from "./define.js";
import { on, safely } from "./safely.js";
import { open } from "./opening.js";
import { createWidget, drawWidget } from "./widget.js";

export const NAME = "pass-along";

const NAMES = "url text image to label look size native credit carrier open quote as icons hashtags via".split(" ");

export function defineElement() {
  if (!HTMLElement.prototype.showPopover) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  /** Draws the widget, or draws it again. */
  const draw = (/** @type {any} */ host) => {
    if (host._widget) return drawWidget(host._widget);
    // What was set before the script came hides the property: it is set once more.
    // @ts-ignore
    const own = { __proto__: null, ...host };
    for (const name of NAMES) {
      if (!(name in own)) continue;
      delete host[name];
      host[name] = own[name];
    }
    host._widget = createWidget(host, sheet);
    host._open = safely(() => open(host._widget));
  };

  define(NAME, draw, NAMES);
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
