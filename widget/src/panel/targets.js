/* The panel's list of share targets, by the element's attributes. */
import { make, makeLink } from "../dom.js";
import { core } from "../given.js";
import { addGlyph } from "../glyph.js";
import { isTouch, pictureOf } from "../more.js";
import { choose, ownTargets, targetOf } from "../targets.js";

const OWN_MACHINE = /^(localhost|127\.|\[::1\])/;

/** Draw the list of targets, or draw it again. @param {View} view */
export function drawTargets(view) {
  const { _widget: widget, _words: words } = view;
  const said = (/** @type {string} */ name) => core._setting(widget._host, name);
  if (OWN_MACHINE.test(location.hostname)) core._load("hints").then((part) => part.default(widget._host, said), String);
  view._panel.ariaLabel = widget._button.textContent;
  view._panel.className = said("open");
  view._targets = { shareopenly: view._others };
  const own = ownTargets(core._settings.targets);
  const entries = choose(said("to"), { image: pictureOf(widget), isTouch: isTouch(), own }).map((key) => {
    const [name, address] = targetOf(key, own);
    return (view._targets[key] = addGlyph(makeLink("target", name || words[key], address, words.newTab), key, widget._host));
  });
  view._list.replaceChildren(...entries.map((entry) => make("li", {}, entry)));
}
