/* The part `print`: on paper stands, in the button's place, the address of the page without a token. */
import { make } from "./dom.js";

const ON_PAPER = "@media print{:host{display:block!important}:host>div>*{display:none}:host>div>small{display:block!important}}small{display:none}";

/**
 * @param {HTMLElement} box
 * @param {ShadowRoot} root
 * @param {string} address
 */
export default function printAddress(box, root, address) {
  let line = /** @type {HTMLElement} */ (box.querySelector("small"));
  if (!line) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(ON_PAPER);
    root.adoptedStyleSheets.push(sheet);
    box.append((line = make("small", { part: "paper", dir: "ltr" })));
  }
  line.textContent = address;
  print();
}
