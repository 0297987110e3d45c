/* The panel on a page that is dark without saying so (`color-scheme`): as light or dark as what the button stands on. */

/** A form's own properties, and those of the document, are hidden by elements of the page with their names: the way up would be a circle. */
const { closest, getRootNode } = Element.prototype;

/** @param {View} view */
export function followPage({ _widget, _panel, _main }) {
  _panel.style.colorScheme = _widget._status.style.colorScheme = schemeAt(_widget._host, _main);
}

/**
 * @param {Element} host
 * @param {HTMLElement} probe an element to compute colours with
 * @returns {string} "light" or "dark" by the nearest background; "" where there is none: then the page's own scheme holds
 */
function schemeAt(host, probe) {
  let node = /** @type {any} */ (host);
  while (node) {
    const paint = getComputedStyle(node).backgroundColor;
    // However a page writes its colour, a mix of it is in red, green and blue from 0 to 1.
    probe.style.outlineColor = `color-mix(in srgb, ${paint}, ${paint})`;
    const [red, green, blue, alpha = 1] = /** @type {any} */ (getComputedStyle(probe).outlineColor.match(/[\d.e-]+/g));
    if (alpha > 0.5) return 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 ? "dark" : "light";
    const root = getRootNode.call(node);
    node = closest.call(node, ":not(:scope)") || (root instanceof ShadowRoot && root.host);
  }
  return "";
}
