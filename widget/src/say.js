/* Messages of a widget. */

const SAID_MS = 4000;

/** Show and announce a message for a moment. @param {Widget} widget @param {string} text */
export function say(widget, text) {
  const put = (/** @type {string} */ now) => {
    widget._status.textContent = now;
    widget._panel?._echo(now);
  };
  put(text);
  setTimeout(() => widget._status.textContent === text && put(""), SAID_MS);
}
