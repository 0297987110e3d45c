/* Glyphs beside the names of entries: drawn, not heard, in the colour of the text. */
import { core } from "./given.js";
import GLYPHS from "./glyphs.js";
import { TARGETS } from "./targets.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Put a glyph before the name of an entry. A place that few pages offer gets its own when the part `rare` has come; a place of the
 * owner's has that of "another app".
 * @template {Element} Entry
 * @param {Entry} entry
 * @param {string} key of a target or of an entry
 * @param {Element} host where the owner may have said `icons="off"`
 * @param {string} [drawing] of an entry that is no target
 * @returns {Entry}
 */
export function addGlyph(entry, key, host, drawing = GLYPHS[key]) {
  if (core._setting(host, "icons") === "off") return entry;
  const [svg, path] = ["svg", "path"].map((name) => document.createElementNS(SVG, name));
  svg.setAttribute("viewBox", "0 0 96 96");
  svg.setAttribute("class", "g");
  svg.setAttribute("aria-hidden", "true");
  if (drawing || !TARGETS[key]) path.setAttribute("d", drawing || GLYPHS.app);
  else core._load("rare").then(({ default: glyphs }) => path.setAttribute("d", glyphs[key]), String);
  svg.append(path);
  entry.prepend(svg);
  return entry;
}
