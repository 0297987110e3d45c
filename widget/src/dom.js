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
