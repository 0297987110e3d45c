/* <pass-book site="k7f3q9">: the site's open book, whose figures are public: the rule, what sharing brought, and what went back. */
import { make } from "../dom.js";
import { ask } from "./ask.js";
import { ShownElement } from "./element.js";

export class PassBook extends ShownElement {
  static observedAttributes = ["site", "lang"];

  get site() {
    return this.getAttribute("site") || "";
  }

  set site(site) {
    this.setAttribute("site", site);
  }

  /** @param {string} tag */
  async _load(tag) {
    const book = await ask(`v1/book/${encodeURIComponent(this.site)}?lang=${encodeURIComponent(tag)}`);
    const figures = make("dl", { part: "figures" });
    for (const { name, amount } of book.figures) {
      figures.append(make("div", { part: "figure" }, make("dt", {}, name), make("dd", { part: "amount" }, amount)));
    }
    const nodes = [this._name(book), make("p", { part: "sentence" }, book.sentence)];
    if (book.figures.length) nodes.push(figures);
    nodes.push(make("p", { part: "rule" }, book.rule), make("p", { part: "since" }, book.since));
    for (const notice of book.coming) nodes.push(make("p", { part: "notice" }, notice));
    return [...nodes, make("p", {}, make("a", { part: "why", href: book.all.url }, book.all.text))];
  }
}
