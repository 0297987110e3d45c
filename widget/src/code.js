/* The panel's other side, the part `qr`: the link as a QR code, to be held up to a telephone. */
import { make, makeButton } from "./dom.js";
import { core, take } from "./given.js";
import drawing from "./qr.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Show the QR code in place of the panel's usual side.
 * @param {typeof core} given
 * @param {View} view
 */
export default function drawCode(given, { _widget: widget, _panel, _main, _code, _words: words }) {
  take(given);
  const { url } = /** @type {Page} */ (widget._page);
  const { size, path } = drawing(url);
  if (!size || !core._mayShare(widget, "qr", url)) return;
  const title = make("h2", { tabIndex: -1 }, words.qr);
  const back = makeButton("back", words.back);
  const side = make("div", { part: "code" }, title, picture(size, path, words.qr), make("p", { dir: "ltr" }, url), back);
  const turnBack = () => {
    side.remove();
    _main.hidden = false;
  };
  core._on(back, "click", () => {
    turnBack();
    _code.focus();
  });
  _panel.addEventListener("toggle", turnBack, { once: true });
  _main.hidden = true;
  _panel.append(side);
  title.focus();
  core._used(widget, "qr", url);
}

/** @param {number} size of the drawing @param {string} path of its dark squares @param {string} name for screen readers */
function picture(size, path, name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", name);
  // Dark on light whatever the colours of the page: a camera reads nothing else.
  for (const [fill, d] of [["#fff", `M0 0h${size}v${size}H0z`], ["#000", path]]) {
    const shape = document.createElementNS(SVG, "path");
    shape.setAttribute("fill", fill);
    shape.setAttribute("d", d);
    svg.append(shape);
  }
  return svg;
}
