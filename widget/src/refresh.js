/* What a press would share: the address of this moment, with a token where the person wants one and it has come. */
import { core } from "./given.js";
import { compose } from "./links.js";

/** Compose what a press would share, ask for its link, and show it in the panel. @param {Widget} widget */
export function render(widget) {
  const said = (/** @type {string} */ name) => core._setting(widget._host, name);
  core._updateOffer(widget);
  const isWanted = !!widget._isOffered && !widget._isPlain && !widget._isUndecided;
  widget._page = compose(widget._url || said("url"), widget._host.title, isWanted, said("carrier"));
  widget._panel?._render();
  widget._layout?._render();
}

/** Render now, and again when the token has come. @param {Widget} widget */
export async function refresh(widget) {
  render(widget);
  await widget._page?._link?._answer;
  render(widget);
}
