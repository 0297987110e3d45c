/*
 * <pass-thanks> and <pass-quote>: loaded when there is something for them to do, somebody who came with a token or text that
 * is selected. Until then they cost a look at the page.
 */
import { tokenIn } from "./address.js";
import { settings } from "./config.js";
import { load } from "./load.js";
import { core } from "./core.js";
import { on } from "./safely.js";

let isQuoting;

/** Looks whether somebody is to be told who passed this page on. */
export async function thank() {
  const hosts = document.querySelectorAll("pass-thanks");
  if (hosts[0] && tokenIn(location.href, settings.param)) (await load("thanks")).default(core, hosts);
}

export function watchSelection() {
  on(document, "selectionchange", async () => {
    if (isQuoting || getSelection().isCollapsed || !document.querySelector("pass-quote")) return;
    isQuoting = true;
    (await load("quote")).default(core);
  });
}
