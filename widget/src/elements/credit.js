/*
 * <pass-credit>: what a customer has, what is on its way, and why. It reads with a token that the owner's server hands over:
 *   <pass-credit token="ct_…">            as long as that is good
 *   <pass-credit token-url="/my/token">   a route of the owner's that answers {"token": "ct_…"}, or 401
 *   element.getToken = async () => "ct_…" the same in script
 * A token that has ended is asked for anew, once. `why-url` is where "See why" leads; if it is not set, to the portal.
 */
import { make, makeButton } from "../dom.js";
import { SignedOutError, ask, tokenFrom } from "./ask.js";
import { ShownElement } from "./element.js";

export class PassCredit extends ShownElement {
  static observedAttributes = ["token", "token-url", "why-url", "lang"];

  /** @type {(() => Promise<string>)|undefined} */
  _getToken;
  /** The token that was good last. */
  _token = "";

  connectedCallback() {
    this._adopt("getToken");
    this._adopt("token");
    super.connectedCallback();
  }

  get token() {
    return this.getAttribute("token") || "";
  }

  set token(token) {
    token ? this.setAttribute("token", token) : this.removeAttribute("token");
  }

  get getToken() {
    return this._getToken;
  }

  set getToken(getToken) {
    this._getToken = getToken;
    if (this._box && this.isConnected) this.refresh();
  }

  /** @param {string} _name @param {string|null} before @param {string|null} now */
  attributeChangedCallback(_name, before, now) {
    // Whose credit it was may have changed: nothing of the last person stays.
    if (_name.startsWith("token") && before !== now) {
      this._token = "";
      this._box?.replaceChildren();
    }
    super.attributeChangedCallback(_name, before, now);
  }

  /** Ask whose credit it is, and show it: after somebody else signed in, without a page load. */
  refresh() {
    this._token = "";
    return this._refresh();
  }

  /** What a framework set before the script came. @param {string} name */
  _adopt(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  /** @param {string} tag */
  async _load(tag) {
    const [balance, lines] = await this._read((token) => {
      const body = { token, lang: tag };
      return Promise.all([ask("v1/credit/balance", body), ask("v1/credit/lines", body)]);
    });
    const { sentence, notices, why } = balance;
    const link = make("a", { part: "why", href: this.getAttribute("why-url") || why.url }, why.text);
    const nodes = [this._name(balance), make("p", { part: "sentence" }, sentence)];
    for (const notice of notices) nodes.push(make("p", { part: "notice" }, notice));
    nodes.push(make("p", {}, link));
    return lines.lines.length ? [...nodes, ...this._lines(lines, tag)] : nodes;
  }

  /**
   * @template T
   * @param {(token: string) => Promise<T>} read
   * @returns {Promise<T>} what it reads with a token that is good; throws SignedOutError
   */
  async _read(read) {
    if (this._token || this.token) {
      try {
        return await read((this._token ||= this.token));
      } catch (error) {
        this._token = "";
        if (!(error instanceof SignedOutError) || !this._canAsk) throw error;
      }
    }
    const token = await this._newToken();
    if (!token) throw new SignedOutError();
    const found = await read(token);
    this._token = token;
    return found;
  }

  get _canAsk() {
    return !!this._getToken || this.hasAttribute("token-url");
  }

  async _newToken() {
    const url = this.getAttribute("token-url");
    return this._getToken ? this._getToken() : url ? tokenFrom(url) : "";
  }

  /** @param {any} answer @param {string} tag @returns {Node[]} the lines, and a button for older ones where there are any */
  _lines(answer, tag) {
    const list = make("ul", { part: "lines", ariaLabel: answer.caption });
    const older = makeButton("older", answer.older);
    let next = answer.next;
    const add = ({ lines }) => list.append(...lines.map((line) => this._line(line)));
    older.hidden = !next;
    older.addEventListener("click", async () => {
      older.disabled = true;
      try {
        const more = await this._read((token) => ask("v1/credit/lines", { token, lang: tag, before: next }));
        const first = list.childElementCount;
        add(more);
        next = more.next;
        older.hidden = !next;
        // The button may be gone: reading goes on where the older lines begin.
        list.children[first]?.focus();
      } catch {
        this._refresh();
      }
      older.disabled = false;
    });
    add(answer);
    return [list, older];
  }

  /** @param {{ when: string, what: string, state: string, amount: string, url: string }} line */
  _line({ when, what, state, amount, url }) {
    const told = this.hasAttribute("why-url") ? make("span", {}, what) : make("a", { href: url }, what);
    told.part.add("what");
    const small = make("span", { part: "when" }, when, " · ", state);
    return make("li", { part: "line", tabIndex: -1 }, told, make("span", { part: "amount" }, amount), small);
  }
}
