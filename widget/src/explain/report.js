/* The report of `?along-debug`: a box at the window's edge, seen by whoever adds that to the address, and by nobody else. */
import { make } from "../dom.js";

const CSS = `:host{all:initial}section{background:#fff;border:2px solid #1d46d8;border-radius:8px;color:#111;font:14px/1.4 system-ui,sans-serif;
inset:auto 12px 12px auto;max-height:60vh;max-width:min(46rem,calc(100vw - 24px));overflow:auto;overflow-wrap:anywhere;padding:12px 16px;position:fixed;z-index:2147483647}
h2,h3{font-size:15px;margin:8px 0 4px}ul{margin:0;padding-inline-start:20px}table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:2px 10px 2px 0;text-align:start;vertical-align:top}`;

/** @param {any} found */
export function drawReport({ settings, links, visit, problems }) {
  document.querySelector("#along-debug")?.remove();
  const host = make("div", { id: "along-debug" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const list = (/** @type {string[]} */ rows) => make("ul", {}, ...rows.map((row) => make("li", {}, row)));
  const cells = (/** @type {string[]} */ row) => make("tr", {}, ...row.map((text) => make("td", {}, text)));
  root.append(
    make("section", { tabIndex: 0, ariaLabel: "Passalong report" },
      make("h2", {}, "Passalong on this page"),
      make("h3", {}, "To mend"), list(problems.length ? problems : ["Nothing was found."]),
      make("h3", {}, "Buttons"), list(links.map((/** @type {any} */ one) => `<pass-along ${one.attributes}>: ${one.link}: ${one.why}`)),
      make("h3", {}, "This view"), list([visit]),
      make("h3", {}, "Settings"),
      make("table", {}, ...settings.map((/** @type {any} */ one) => cells([one.name, JSON.stringify(one.value), one.from]))),
    ),
  );
  document.querySelector("body")?.append(host);
}
