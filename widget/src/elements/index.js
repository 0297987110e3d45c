/* <pass-credit> and <pass-book>: a bundle of its own for the owner's own app. It is no part of along.js and needs nothing of it. */
import { PassBook } from "./book.js";
import { PassCredit } from "./credit.js";

for (const [name, type] of /** @type {const} */ ([["pass-credit", PassCredit], ["pass-book", PassBook]])) {
  if (!customElements.get(name)) customElements.define(name, type);
}
