/*
 * The panel, loaded when somebody shows the intent to share: draws it into a widget (see widget.js) and says what its parts do.
 */
import english from "../words/en.json";
import { armCredit } from "./credit.js";
import { make, makeButton, makeLink } from "./dom.js";
import { core, take } from "./given.js";
import { hint } from "./hints.js";
import css from "./panel.css";
import { drawCode } from "./code.js";
import { selection, withQuote } from "./fragment.js";
import { printAddress } from "./paper.js";
import { TARGETS, choose, hrefFor } from "./targets.js";

const SAID_MS = 4000;
let sheet;

/**
 * @param {typeof core} given
 * @param {any} widget
 * @param {Record<string, string>} [known] words of the page's language, where they came in time
 */
export default function drawPanel(given, widget, known) {
  take(given);
  const { on, emit, settings } = core;
  const { host, root, box, button, more, status } = widget;
  const words = (widget.words = { ...english, ...known });
  const said = widget.setting;
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
  root.adoptedStyleSheets.push(sheet);

  const field = make("input", { readOnly: true, dir: "ltr", ariaLabel: words.link });
  const copy = makeButton("copy", words.copy);
  const list = make("ul", { role: "list" });
  const rest = make("ul", { role: "list" });
  const app = makeButton("target", words.app);
  const code = makeButton("target", words.qr);
  const others = makeLink("target", words.others, TARGETS.shareopenly[1], words.newTab);
  const paper = makeButton("target", words.print);
  const part = makeButton("target", words.selected);
  const says = make("span", { ariaLive: "polite" });
  const yes = makeButton("choice", words.yes);
  const no = makeButton("choice", words.no);
  const credit = makeLink("", words.credit, "", words.newTab);
  const change = makeLink("", words.change, "", words.newTab);
  const nav = make("nav", {}, makeLink("", words.what, `${settings.host}/open/${settings.key}`, words.newTab), credit);
  const main = make(
    "div",
    {},
    make("div", { className: "row" }, field, copy),
    list,
    rest,
    make("p", { part: "note" }, says, " ", change, " ", yes, no),
    nav,
  );
  const panel = make("div", { id: "p", part: "panel", popover: "auto", role: "group" }, main);
  panel.lang = known ? box.lang : "en";
  rest.append(...[part, app, code, paper, others].map((entry) => make("li", {}, entry)));

  /** Where to, by key. @type {Record<string, HTMLAnchorElement>} */
  let targets = {};
  let isQuoted = false;

  // --- drawing ---

  const picture = () => said("image") || document.querySelector("meta[property='og:image']")?.content || "";
  const isWanted = (key) => said("to").split(" ").includes(key);

  widget.redraw = () => {
    hint(host, said);
    panel.ariaLabel = button.textContent;
    panel.className = said("open");
    targets = { shareopenly: others };
    const entries = choose(said("to"), { image: picture(), isTouch: widget.isTouch }).map((key) => {
      const [name, address] = TARGETS[key];
      return (targets[key] = makeLink("target", name || words[key], address, words.newTab));
    });
    list.replaceChildren(...entries.map((entry) => make("li", {}, entry)));
  };

  /** What this link does, or could do, for whom. */
  const line = (isCredited) => {
    const { page, isUndecided } = widget;
    if (!isCredited) return isUndecided ? words.pending : words.plain;
    // The token has not come, or never will.
    if (page.url === page.plain) return words.pending;
    return page.name ? words.claimed.replace("{name}", () => page.name) : words.thanks;
  };

  widget.render = () => {
    const { page, isOffered, isPlain, isUndecided } = widget;
    field.value = page.url;
    const isShort = !!document.querySelector("meta[property='og:url']");
    for (const key in targets) targets[key].href = hrefFor(key, page, { text: said("text"), image: picture(), isShort });
    app.parentNode.hidden = !widget.canShare();
    paper.parentNode.hidden = !isWanted("print");
    part.parentNode.hidden = !isQuoted && !selection(said("quote"));
    part.ariaPressed = isQuoted;
    const isCredited = isOffered && !isPlain && !isUndecided;
    const isNamed = isCredited && page.name && page.url !== page.plain;
    says.textContent = line(isCredited);
    yes.hidden = !isUndecided;
    no.hidden = !isOffered;
    no.ariaPressed = isUndecided ? null : !!isPlain;
    no.part = yes.part = isUndecided ? "choice" : "";
    credit.hidden = core.refused() || !core.guest();
    change.hidden = !isNamed;
  };

  /** For a moment: to who listens, on Copy link, and beside the button where the panel is shut. */
  widget.say = (text) => {
    status.textContent = copy.textContent = text;
    copy.classList.toggle("done", text === words.copied);
    setTimeout(() => {
      if (status.textContent !== text) return;
      status.textContent = "";
      copy.textContent = words.copy;
      copy.classList.remove("done");
    }, SAID_MS);
  };

  // --- what a press does ---

  const copyLink = async () => {
    const { url, plain } = widget.page;
    if (!widget.mayShare("copy", url)) return;
    try {
      await navigator.clipboard.writeText(url);
      widget.used("copy", url);
    } catch {
      field.focus();
      // The field's own copy event tells of the use, now or when the keys are pressed.
      if (!document.execCommand("copy")) return widget.say(words.byHand);
    }
    widget.say(url === plain && widget.isOffered && !widget.isPlain ? words.late : words.copied);
  };

  const choosePlain = (isPlain) => {
    widget.isPlain = isPlain;
    return widget.refresh();
  };

  on(panel, "click auxclick", (event) => {
    const link = event.composedPath().find((node) => node.localName === "a");
    for (const to in targets) {
      if (targets[to] !== link || event.button > 1) continue;
      const { href } = link;
      if (widget.mayShare(to, href)) widget.used(to, href);
      else event.preventDefault();
    }
  });
  on(field, "focus", () => field.select());
  on(field, "copy", () => widget.used("copy", widget.page.url));
  on(copy, "click", copyLink);
  on(app, "click", widget.shareNatively);
  on(code, "click", () => drawCode(panel, main, code, widget, words));
  on(paper, "click", () => {
    if (!widget.mayShare("print", widget.page.plain)) return;
    panel.hidePopover();
    printAddress(box, root, widget.page.plain);
  });
  on(part, "click", () => {
    isQuoted = !isQuoted;
    widget.url = isQuoted ? withQuote(widget.page.plain, selection(said("quote"))) : "";
    return widget.refresh();
  });
  on(yes, "click", () => choosePlain(false));
  on(no, "click", () => choosePlain(!widget.isPlain));
  const fail = () => (says.textContent = words.noCredit);
  armCredit(change, "privacy", fail);
  armCredit(credit, "", fail);

  // --- opening and closing ---

  on(panel, "toggle", ({ newState }) => {
    const isOpen = newState === "open";
    button.ariaExpanded = more.ariaExpanded = isOpen;
    emit(host, isOpen ? "open" : "close");
    if (!isOpen) return;
    copy.focus();
    return widget.refresh();
  });
  // Escape closes by itself; back to the button leads this.
  on(panel, "keydown", (event) => {
    if (event.key === "Escape") (more.hidden ? button : more).focus();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const entries = [...panel.querySelectorAll("li:not([hidden]) > *")];
    const at = entries.indexOf(root.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    entries.at((at + step) % entries.length).focus();
  });
  // Tab went past the last entry: the panel has served.
  on(root, "focusout", ({ relatedTarget }) => relatedTarget && !root.contains(relatedTarget) && panel.hidePopover());

  for (const trigger of [button, more]) {
    // So known to the browser, a press on the button is none outside the panel.
    trigger.popoverTargetElement = panel;
    trigger.setAttribute("aria-controls", "p");
  }
  box.append(panel);
  widget.redraw();
  if (widget.page) widget.render();
  widget.open = () => panel.showPopover();
}
