/* The one kind of element that there is: it does something when it is put into a page, and again when an attribute changes. */
import { safely } from "./safely.js";

/**
 * @param {string} name
 * @param {(host: any) => any} work
 * @param {string[]} [names] attributes that are properties too; `title`, `lang` and `dir` are already
 */
export function define(name, work, names = []) {
  const draw = safely(work);
  class Made extends HTMLElement {
    static observedAttributes = ["lang", ...names];
    connectedCallback() {
      draw(this);
    }
    attributeChangedCallback() {
      if (/** @type {any} */ (this)._widget) draw(this);
    }
  }
  for (const property of names) {
    Object.defineProperty(Made.prototype, property, {
      get() {
        return this.getAttribute(property) || "";
      },
      set(value) {
        this.setAttribute(property, value ?? "");
      },
    });
  }
  customElements.define(name, Made);
}
