/*
 * The panel's elements, from top to bottom. Draws and nothing else: what they do is in widget.js.
 */
import { settings } from "./config.js";
import { make, makeButton } from "./dom.js";
import { TARGETS } from "./targets.js";
import { words } from "./words.js";

export function drawPanel() {
  const _field = make("input", { readOnly: true, dir: "ltr", ariaLabel: words._link });
  const _copy = makeButton("copy", words._copy);
  const _list = make("ul", { role: "list" });
  const _says = make("span", { ariaLive: "polite" });
  const _plain = makeButton("", words._no);
  const _credit = drawLink("", words._credit, "");
  const _panel = make(
    "div",
    { id: "p", part: "panel", popover: "auto", role: "group", lang: "en", ariaLabel: words._share },
    make("div", {}, _field, _copy),
    _list,
    make("p", { part: "note" }, _says, " ", _plain),
    make("nav", {}, drawLink("", words._what, `${settings.host}/open/${settings.key}`), _credit),
  );
  return { _panel, _field, _copy, _list, _app: makeButton("target", words._app), _says, _plain, _credit };
}

/** A target is a real link, so that it can be opened, copied and dragged like one. */
export function drawTarget(key) {
  const [name, address] = TARGETS[key];
  return drawLink("target", name, address);
}

/** Mail opens a program, everything else a tab of its own. */
function drawLink(part, name, href) {
  const link = make("a", { part, href }, name);
  if (!/^mailto/.test(href)) {
    Object.assign(link, { target: "_blank", rel: "noopener noreferrer" }).append(make("i", {}, words._newTab));
  }
  return link;
}
