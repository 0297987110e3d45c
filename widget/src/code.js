/* The panel's other side: the link as a QR code, to be held up to a telephone. */
import { make, makeButton } from "./dom.js";
import { core } from "./given.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {HTMLElement} panel
 * @param {HTMLElement} main its usual side
 * @param {HTMLElement} opener where the focus goes back to
 * @param {any} widget
 * @param {Record<string, string>} words
 */
export async function drawCode(panel, main, opener, widget, words) {
  const { default: drawing } = await core.load("qr");
  const { url } = widget.page;
  const { size, path } = drawing(url);
  if (!size || !widget.mayShare("qr", url)) return;
  const title = make("h2", { tabIndex: -1 }, words.qr);
  const back = makeButton("back", words.back);
  const side = make("div", { part: "code" }, title, picture(size, path, words.qr), make("p", { dir: "ltr" }, url), back);
  const turnBack = () => {
    side.remove();
    main.hidden = false;
  };
  core.on(back, "click", () => {
    turnBack();
    opener.focus();
  });
  panel.addEventListener("toggle", turnBack, { once: true });
  main.hidden = true;
  panel.append(side);
  title.focus();
  widget.used("qr", url);
}

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
