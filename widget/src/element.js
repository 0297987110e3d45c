/*
 * <pass-along>. Its children are the fallback for no script at all: a shadow root without a slot
 * hides them once the button is there. A browser without popovers or style sheets for shadow roots
 * keeps them.
 */
import css from "./panel.css";
import { safely } from "./safely.js";
import { createWidget } from "./widget.js";

export const NAME = "pass-along";

export function defineElement() {
  if (!HTMLElement.prototype.showPopover) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  /** Draws the widget, or draws it again. */
  const draw = safely((host) => {
    if (host._draw) return host._draw();
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    host._draw = createWidget(host, root);
  });

  class PassAlong extends HTMLElement {
    static observedAttributes = ["look", "size", "to", "label"];
    connectedCallback() {
      draw(this);
    }
    attributeChangedCallback() {
      draw(this);
    }
  }
  customElements.define(NAME, PassAlong);
}

/** @param {Element} [host] the first one on the page, if not said */
export function openWidget(host) {
  (host || document.querySelector(NAME)).shadowRoot.querySelector("#p").showPopover();
}
