/*
 * One button: what a press does. The panel and its words are loaded when somebody shows the intent to share; a press never
 * waits in vain for them, nor for the server: what is shared is the link of that moment, plain wherever no token has come.
 */
import { setting } from "./config.js";
import { load } from "./load.js";
import { core } from "./core.js";
import { make, makeButton } from "./dom.js";
import { codeIn, compose, useLink } from "./links.js";
import { guest } from "./memory.js";
import { pause } from "./pause.js";
import { refused } from "./refusal.js";
import { emit, on, safely } from "./safely.js";
import { basic, languageOf, wordsFor } from "./words.js";

const NATIVE_WAIT_MS = 300;
/** The browser's leave to copy or to open its sheet lasts five seconds from the press. */
const PANEL_WAIT_MS = 3000;
const SAID_MS = 4000;

/**
 * @param {HTMLElement} host
 * @param {ShadowRoot} root
 * @returns {() => void} draws the button again
 */
export function createWidget(host, root) {
  const label = make("span", { part: "label" });
  const button = makeButton("button", label);
  const more = makeButton("more", "…");
  const status = make("output", {});
  const box = make("div", {}, button, more, status);
  const said = (name) => setting(host, name);
  const isTouch = matchMedia("(pointer:coarse)").matches;
  let language, coming, isWaiting;

  // --- drawing ---

  const draw = () => {
    const [tag, word] = languageOf(host);
    box.lang = language = tag;
    label.textContent = said("label") || word;
    more.ariaLabel = label.textContent + "…";
    button.className = said("look") + " " + said("size");
    more.className = button.className;
    render();
    widget.redraw?.();
  };

  /** Composes what a press would share; asks for nothing unless somebody is about to. */
  const render = (isIntent) => {
    const isOffered = said("credit") !== "off" && !refused();
    widget.isUndecided = isOffered && said("credit") === "ask" && widget.isPlain === undefined && !guest();
    widget.isOffered = isOffered;
    more.hidden = !isNativeFirst();
    if (!isIntent) return;
    const isWanted = isOffered && !widget.isPlain && !widget.isUndecided;
    widget.page = compose(widget.url || said("url"), host.title, isWanted, said("carrier"));
    widget.render?.();
  };

  /** Draws what is known, and once more when the token has come. */
  const refresh = async () => {
    render(1);
    await widget.page._link?._answer;
    render(1);
  };

  const canShare = () => said("native") !== "never" && !!navigator.canShare?.({ url: location.href });
  const isNativeFirst = () => (said("native") === "always" || isTouch) && canShare() && !widget.isUndecided;

  // --- sharing ---

  /** Asks the page. @returns {boolean} may it be shared? */
  const mayShare = (to, text) => {
    const code = codeIn(widget.page._link, text);
    return emit(host, "share", { to, url: code ? widget.page.url : widget.page.plain, code });
  };

  const used = (to, text) => {
    useLink(widget.page._link, to, text);
    render(1);
  };

  /** For a moment, to who sees and to who listens. */
  const say = (text) => {
    status.textContent = text;
    setTimeout(() => {
      if (status.textContent === text) status.textContent = "";
    }, SAID_MS);
  };

  const shareNatively = async () => {
    await Promise.race([refresh(), pause(NATIVE_WAIT_MS)]);
    const { url, title, _link } = widget.page;
    if (!mayShare("native", url)) return;
    try {
      await navigator.share({ title, text: said("text") || undefined, url });
    } catch (error) {
      return error.name !== "AbortError" && open(1);
    }
    used("native", url);
    if (_link) widget.say(codeIn(_link, url) ? widget.words.thanks || "" : widget.words.late);
  };

  /** Where no panel comes: the link is copied, or else shown. */
  const copy = async () => {
    const { url } = widget.page;
    if (!mayShare("copy", url)) return;
    try {
      await navigator.clipboard.writeText(url);
    } catch {
      return (status.textContent = url);
    }
    used("copy", url);
    say(widget.words.copied);
  };

  // --- the panel ---

  const prepare = () =>
    (coming ||= (async () => {
      const panel = load("panel");
      const known = await wordsFor(language, panel);
      const { default: drawPanel } = await panel;
      drawPanel(core, widget, known);
    })());

  /** @param {any} [isLast] is there no other way left? */
  const open = async (isLast) => {
    if (isWaiting) return;
    isWaiting = true;
    render(1);
    try {
      await Promise.race([prepare(), pause(PANEL_WAIT_MS)]);
    } catch {
      // Asked again at the next press: a browser that was offline may be back.
      coming = null;
    }
    isWaiting = false;
    if (widget.open) widget.open();
    else return !isLast && canShare() ? shareNatively() : copy();
  };

  const widget = { host, root, box, button, more, status, words: basic, setting: said };
  Object.assign(widget, { isTouch, canShare, mayShare, used, say, refresh, shareNatively });

  // --- listening ---

  for (const trigger of [button, more]) {
    on(trigger, "pointerenter focus touchstart", () => {
      render(1);
      return prepare().catch(() => (coming = null));
    });
  }
  on(button, "click", (event) => {
    render(1);
    // A panel that is there already is opened and closed by the browser itself.
    if (isNativeFirst()) event.preventDefault();
    else if (widget.open) return;
    return isNativeFirst() ? shareNatively() : open();
  });
  on(more, "click", () => widget.open || open(1));

  button.ariaExpanded = false;
  root.append(box);
  draw();
  host._open = safely(open);
  return draw;
}
