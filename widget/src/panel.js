/* The panel, loaded when somebody shows the intent to share: draws it into a widget (see widget.js). */
import {
  app, back, byHand, change, claimed, close, copied, copy, credit, email, late, link, newTab, no, noCredit,
  others, pending, plain, print, qr, quote, selected, sms, thanks, tried, what, yes
} from "../words/en.json";
import { core, take } from "./given.js";
import css from "./panel.css";
import { createView } from "./panel/markup.js";
import { listenToOpening } from "./panel/opening.js";
import { listenToPresses } from "./panel/presses.js";
import { drawTargets } from "./panel/targets.js";
import { echo, renderPanel } from "./panel/view.js";

/** The panel's own words: those of other parts would only make it larger. */
const ENGLISH = {
  app, back, byHand, change, claimed, close, copied, copy, credit, email, late, link, newTab, no, noCredit,
  others, pending, plain, print, qr, quote, selected, sms, thanks, tried, what, yes,
};

/** @type {CSSStyleSheet} */
let sheet;

/**
 * @param {typeof import("./core.js").core} given
 * @param {Widget} widget
 * @param {Words} [known] words of the page's language, where they came in time
 */
export default function drawPanel(given, widget, known) {
  take(given);
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
  widget._root.adoptedStyleSheets.push(sheet);
  const words = (widget._words = { ...ENGLISH, ...known });
  const view = createView(widget, words, known ? widget._box.lang : "en");
  listenToPresses(view);
  listenToOpening(view);
  widget._panel = {
    _open: () => view._panel.showPopover(),
    _redraw: () => drawTargets(view),
    _render: () => renderPanel(view),
    _echo: (text) => echo(view, text),
  };
  drawTargets(view);
  // Before it opens: what is hidden must not count when the browser looks for its place.
  core._render(widget);
}
