/*
 * Builds a page for the tests: `node page.mjs 18 HOST SITE` prints {html, script}, rendered on a server by that version of React and
 * taken over by it in the browser.
 */
import { createRequire } from "node:module";
import { build } from "esbuild";

const [version, host, site] = process.argv.slice(2);
const here = new URL(".", import.meta.url).pathname;
const alias = {
  react: `react${version}`,
  "react-dom": `react-dom${version}`,
  "@passalong/react": here + "index.js",
  "@passalong/widget": here + "../widget/index.js",
};

const APP = `
import { createElement as h, useState } from "react";
import { PassAlong, PassQuote, PassThanks, Passalong } from "@passalong/react";
export function App({ host, site }) {
  const [count, setCount] = useState(0);
  return h("main", null,
    h(Passalong, { host, site, config: { look: "solid" } }),
    h("button", { id: "next", onClick: () => setCount(count + 1) }, "Next " + count),
    h(PassAlong, { url: "/page/" + count, className: "mine", onShare: (event) => (globalThis.shared = [count, event.detail.to]) },
      h("a", { href: "mailto:?body=x" }, "Send this page")),
    h(PassThanks), h(PassQuote, { for: "article" }));
}`;
const SERVER = `
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { App } from "app";
export const html = renderToString(createElement(App, ${JSON.stringify({ host, site })}));`;
const BROWSER = `
import { createElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { App } from "app";
globalThis.takeOver = () => hydrateRoot(document.querySelector("#root"), createElement(App, ${JSON.stringify({ host, site })}), {
  onRecoverableError: (error) => (globalThis.recovered = String(error)),
});`;

const server = await bundle(SERVER, { platform: "node", format: "cjs" });
const made = { exports: {} };
new Function("module", "exports", "require", server)(made, made.exports, createRequire(import.meta.url));
const script = await bundle(BROWSER, { platform: "browser", format: "iife" });
process.stdout.write(JSON.stringify({ html: made.exports.html, script: script.replaceAll("</script", "<\\/script") }));

async function bundle(entry, options) {
  const result = await build({
    stdin: { contents: entry, resolveDir: here },
    bundle: true,
    write: false,
    alias,
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: [{ name: "app", setup: (builder) => {
      builder.onResolve({ filter: /^app$/ }, () => ({ path: "app", namespace: "app" }));
      builder.onLoad({ filter: /.*/, namespace: "app" }, () => ({ contents: APP, resolveDir: here }));
    } }],
    ...options,
  });
  return result.outputFiles[0].text;
}
