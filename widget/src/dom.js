/* Elements without markup: strict content security policies and Trusted Types allow nothing else. */

/**
 * @param {string} tag
 * @param {object} properties
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** @param {string} part @param {...(Node|string)} children */
export function makeButton(part, ...children) {
  return make("button", { type: "button", part }, ...children);
}

/**
 * A real link, so that it can be opened, copied and dragged like one. Mail and messages open a program, everything else a tab.
 * @param {string} part
 * @param {string} name
 * @param {string} href
 * @param {string} newTab what is said of a tab of its own
 */
export function makeLink(part, name, href, newTab) {
  const link = make("a", { part, href }, name);
  if (/^(mailto|sms|viber)/.test(href)) return link;
  Object.assign(link, { target: "_blank", rel: "noopener noreferrer" }).append(make("i", {}, ` (${newTab})`));
  return link;
}
