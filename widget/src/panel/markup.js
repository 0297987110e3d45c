/* The panel's elements. */
import { make, makeButton, makeLink } from "../dom.js";
import { core } from "../given.js";
import { addGlyph } from "../glyph.js";
import { TARGETS } from "../targets.js";
import DRAWN from "./drawn.js";

/**
 * Create the panel's elements and put them into the widget.
 * @param {Widget} widget
 * @param {Words} words
 * @param {string} language of the words
 * @returns {View}
 */
export function createView(widget, words, language) {
  const { host, key } = core._settings;
  /** @type {View} */
  const view = {
    _widget: widget,
    _words: words,
    _panel: make("div", { id: "p", part: "panel", popover: "auto", role: "group", lang: language }),
    _close: makeButton("close", words.close),
    _main: make("div", {}),
    _title: make("b", {}),
    _at: make("span", { dir: "ltr" }),
    _field: make("input", { readOnly: true, dir: "ltr", ariaLabel: words.link }),
    _copy: makeButton("copy", words.copy),
    _list: make("ul", { role: "list" }),
    _app: makeButton("target", words.app),
    _code: makeButton("target", words.qr),
    _others: makeLink("target", words.others, TARGETS.shareopenly[1], words.newTab),
    _paper: makeButton("target", words.print),
    _quote: makeButton("target", words.selected),
    _says: make("span", { ariaLive: "polite" }),
    _yes: makeButton("choice", words.yes),
    _no: makeButton("choice", words.no),
    _credit: makeLink("", words.credit, "", words.newTab),
    _change: makeLink("", words.change, "", words.newTab),
    _targets: {},
  };
  /** @type {Record<string, HTMLElement>} */
  const rest = { quote: view._quote, app: view._app, qr: view._code, print: view._paper, more: view._others };
  for (const name of Object.keys(rest)) addGlyph(rest[name], name, widget._host, DRAWN[name]);
  view._main.append(
    make("div", { className: "row head" }, view._title, view._at),
    make("div", { className: "row" }, view._field, view._copy),
    view._list,
    make("ul", { role: "list" }, ...Object.values(rest).map((entry) => make("li", {}, entry))),
    make("p", { part: "note" }, view._says, view._yes, view._no, view._change),
    make("nav", {}, makeLink("", words.what, `${host}/open/${key}`, words.newTab), view._credit),
  );
  view._panel.append(make("div", { className: "top" }, view._close), view._main);
  widget._button.after(view._panel);
  return view;
}
