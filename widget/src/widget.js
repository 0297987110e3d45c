/*
 * One button and its panel: what a press does. What is shown is what is shared: the link of that
 * moment, plain wherever no token has come. Sharing never waits for the server, the native sheet
 * for 300 ms at most.
 */
import { setting } from "./config.js";
import { armCredit, hasCredit } from "./credit.js";
import { make, makeButton } from "./dom.js";
import { codeIn, compose, useLink } from "./links.js";
import { drawPanel, drawTarget } from "./panel.js";
import { refused } from "./refusal.js";
import { emit, on } from "./safely.js";
import { choose, hrefFor } from "./targets.js";
import { words } from "./words.js";

const NATIVE_WAIT_MS = 300;
const SAID_MS = 4000;

/**
 * @param {HTMLElement} host
 * @param {ShadowRoot} root
 * @returns {() => void} draws the button again
 */
export function createWidget(host, root) {
  const label = make("span", { part: "label" });
  const button = makeButton("button", label);
  const status = make("output", {});
  const { _panel, _field, _copy, _list, _app, _says, _plain, _credit } = drawPanel();
  const said = (name) => setting(host, name);
  const isTouch = matchMedia("(pointer:coarse)").matches;

  /** Does this person want a plain link? Undefined: nothing was said. @type {boolean|undefined} */
  let isPlain;
  /** What is shown, and what a press shares. @type {import("./links.js").Page} */
  let page;
  /** Where to, by key. @type {Record<string, HTMLAnchorElement>} */
  let targets;

  // --- drawing ---

  const drawButton = () => {
    label.textContent = said("label") || words._share;
    button.className = said("look") + " " + said("size");
    targets = {};
    const links = choose(said("to")).map((key) => (targets[key] = drawTarget(key)));
    _list.replaceChildren(...[...links, _app].map((entry) => make("li", {}, entry)));
    if (page) render();
  };

  const canShare = () => said("native") !== "never" && navigator.canShare?.({ url: page._url });

  const render = () => {
    const credit = said("credit");
    const isOffered = credit !== "off" && !refused();
    isPlain ??= credit === "ask" && !hasCredit();
    page = compose(said("url"), host.title, isOffered && !isPlain);
    _field.value = page._url;
    for (const key in targets) targets[key].href = hrefFor(key, page, said("text"));
    _app.parentNode.hidden = !canShare();
    _says.textContent = isOffered && !isPlain ? words._thanks : words._plain;
    _plain.hidden = !isOffered;
    _plain.ariaPressed = isPlain;
    _credit.hidden = !hasCredit();
  };

  /** Draws what is known, and once more when the token has come. */
  const refresh = async () => {
    render();
    await page._link?._answer;
    render();
  };

  /** For a moment: to who listens, on Copy link, and beside the button where the panel is shut. */
  const say = (text) => {
    status.textContent = _copy.textContent = text;
    setTimeout(() => {
      status.textContent = "";
      _copy.textContent = words._copy;
    }, SAID_MS);
  };

  // --- sharing ---

  /** Asks the page. @returns {boolean} may it be shared? */
  const mayShare = (to, text) => {
    const code = codeIn(page._link, text);
    return emit(host, "share", { to, url: code ? page._url : page._plain, code });
  };

  const used = (to, text) => {
    useLink(page._link, to, text);
    render();
  };

  const shareNatively = async () => {
    await Promise.race([refresh(), new Promise((done) => setTimeout(done, NATIVE_WAIT_MS))]);
    const { _url: url, _title: title, _link } = page;
    if (!mayShare("native", url)) return;
    try {
      await navigator.share({ title, text: said("text") || undefined, url });
    } catch (error) {
      return error.name !== "AbortError" && _panel.showPopover();
    }
    used("native", url);
    if (_link && !codeIn(_link, url)) say(words._late);
  };

  const copyLink = async () => {
    const { _url, _link } = page;
    if (!mayShare("copy", _url)) return;
    try {
      await navigator.clipboard.writeText(_url);
      used("copy", _url);
    } catch {
      _field.focus();
      // The field's own copy event tells of the use, now or when the keys are pressed.
      if (!document.execCommand("copy")) return say(words._byHand);
    }
    say(_link && !codeIn(_link, _url) ? words._late : words._copied);
  };

  // --- listening ---

  // Somebody is about to share: composing asks for the link.
  on(button, "pointerenter focus touchstart", render);
  on(button, "click", (event) => {
    render();
    const isNative = said("native") === "always" || isTouch;
    if (!isNative || !canShare()) return;
    event.preventDefault();
    return shareNatively();
  });
  on(_panel, "toggle", ({ newState }) => {
    const isOpen = newState === "open";
    button.ariaExpanded = isOpen;
    emit(host, isOpen ? "open" : "close");
    if (!isOpen) return;
    _copy.focus();
    return refresh();
  });
  // Escape closes by itself; back to the button leads this.
  on(root, "keydown", ({ key }) => key === "Escape" && button.focus());
  // Tab went past the last entry: the panel has served.
  on(root, "focusout", ({ relatedTarget }) => relatedTarget && !root.contains(relatedTarget) && _panel.hidePopover());

  on(_list, "click auxclick", (event) => {
    for (const to in targets) {
      if (targets[to] !== event.target || event.button > 1) continue;
      const { href } = event.target;
      if (mayShare(to, href)) used(to, href);
      else event.preventDefault();
    }
  });
  on(_field, "focus", () => _field.select());
  on(_field, "copy", () => used("copy", page._url));
  on(_copy, "click", copyLink);
  on(_app, "click", shareNatively);
  on(_plain, "click", () => {
    isPlain = !isPlain;
    return refresh();
  });
  armCredit(_credit, () => (_says.textContent = words._noCredit));

  button.ariaExpanded = false;
  // So known to the browser, a press on the button is none outside the panel.
  button.popoverTargetElement = _panel;
  root.append(make("div", {}, button, status, _panel));
  drawButton();
  return drawButton;
}
