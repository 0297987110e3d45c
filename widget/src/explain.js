/*
 * The part `explain`, for owners and developers: loaded by `along.explain()`, by `?along-debug` in the page's address, and where the
 * page's `along` has a word that nothing reads. It says where each setting came from, why a link is plain and why nothing was sent.
 */
import { drawReport } from "./explain/report.js";
import { core, take } from "./given.js";
import { pause } from "./pause.js";

const DEFAULTS = { param: "ht", remember: "visit", days: 30, credit: "on" };
const KNOWN = "config consent open link code outcome forget moved explain q".split(" ");
const VIOLATION_MS = 100;
const told = new Set();
/** @type {any} */
let violation;

/**
 * @param {typeof core} given
 * @param {any} [early] the page's `along` from before the script
 * @returns {Promise<{settings: object[], links: object[], visit: string, problems: string[]}>}
 */
export default async function explain(given, early) {
  take(given);
  core._on(document, "securitypolicyviolation", (event) => {
    if (event.blockedURI.startsWith(core._settings.host)) violation = event.effectiveDirective;
  });
  const problems = [...oddWords(early), ...oddPlace()];
  const isDebug = /[?&]along-debug/.test(location.search);
  const isAsked = early === undefined || isDebug || !problems.length;
  if (isAsked) problems.push(...(await reach()));
  for (const problem of problems) warn(problem);
  const found = { settings: whence(early), links: [...document.querySelectorAll("pass-along")].map(stateOf), visit: visit(), problems };
  if (isDebug) {
    drawReport(found);
    if (!core._code()) document.addEventListener("along:arrive", () => explain(given, early), { once: true });
  }
  return found;
}

/** Say it in the console, once. @param {string} problem */
function warn(problem) {
  if (!told.has(problem)) console.warn("Passalong: " + problem);
  told.add(problem);
}

/** @param {any} early @returns {string[]} words of the page's `along` that nothing reads */
function oddWords(early) {
  if (early?.constructor !== Object) return [];
  return Object.keys(early).flatMap((key) => (KNOWN.includes(key) ? [] : [`along.${key} is unknown, use along.config`]));
}

/** @returns {string[]} */
function oddPlace() {
  const { place } = core._settings;
  const isEmpty = place && !document.querySelector("pass-along");
  return isEmpty ? [`nothing on this page matches the setting place="${place}", so no button was put anywhere`] : [];
}

/** @returns {Promise<string[]>} what stands between this page and the server */
async function reach() {
  const { host, key } = core._settings;
  if (!key) return ["the script has no site key: every link is plain"];
  try {
    const answer = await fetch(`${host}/along/${key}.js`, { credentials: "omit" });
    return answer.ok ? [] : [`${host} answers ${answer.status} for the site ${key}`];
  } catch {
    // The policy is heard of a moment later.
    await pause(VIOLATION_MS);
    if (!violation) return [`${host} cannot be reached: it is down, or a content blocker is in the way`];
    return [`this page's Content Security Policy forbids ${host}: add it to ${violation}`];
  }
}

/** @param {any} early @returns {{name: string, value: any, from: string}[]} where each setting came from, the strongest source first */
function whence(early) {
  const settings = core._settings;
  const config = early?.config || {};
  const tag = [...document.querySelectorAll("script")].find(({ src }) => src.startsWith(settings.host) && /along(\/[\w-]+)?\.js/.test(src));
  return Object.entries({ ...DEFAULTS, ...settings }).map(([name, value]) => {
    if (name in config) return { name, value, from: "along.config on this page" };
    if (tag && name in tag.dataset) return { name, value, from: `data-${name} of the script's tag` };
    return { name, value, from: "the site's settings" + (value === DEFAULTS[name] ? " or the default" : "") };
  });
}

/** @param {any} host @returns {{element: any, attributes: string, link: string, why: string}} */
function stateOf(host) {
  const attributes = [...host.attributes].map(({ name, value }) => `${name}="${value}"`).join(" ");
  const widget = host._widget;
  const page = widget?._page;
  const isCredited = page && page.url !== page.plain && !whyRefused();
  return { element: host, attributes, link: page?.url || core._plainAddress(core._setting(host, "url")), why: isCredited ? "it has a code" : whyPlain(host, widget) };
}

/** @param {any} host @param {any} widget @returns {string} why its link has no code now */
function whyPlain(host, widget) {
  const refusal = whyRefused();
  const credit = core._setting(host, "credit");
  const link = widget?._page?._link;
  if (!widget) return "this browser has no popovers, or the element is not in the page";
  if (refusal) return refusal;
  if (credit === "off") return `credit="off": ${host.hasAttribute("credit") ? "the element's attribute" : "a setting"} says so`;
  if (widget._isPlain) return "the person chose a plain link";
  if (widget._isUndecided) return 'credit="ask", and the person has not chosen yet';
  if (!widget._page) return "nobody has pointed at the button yet";
  if (link?._isRefused) return "the server refused this page: see the console";
  return "no code has come from the server (yet)";
}

/** @returns {string} why nothing may be kept or sent, "" where it may */
function whyRefused() {
  if (!core._settings.key) return "the script has no site key";
  if (navigator.globalPrivacyControl) return "this browser sends Global Privacy Control";
  if (core._saidNo()) return "this person pressed “Don’t count me”";
  return core._refused() ? "consent has not been given: along.consent(true) gives it" : "";
}

/** @returns {string} whether this page view counts as a visit, and why not */
function visit() {
  const token = core._broughtToken();
  if (!token) return core._code() ? "an earlier page view of this visit came with a code" : "nobody's link led here: nothing is sent";
  if (window.top !== window) return "in a frame arrivals count for nobody";
  if (whyRefused() || core._code()) return whyRefused() || `came with ${token}: noted`;
  return `came with ${token}: nothing is sent, because nobody has moved, scrolled, touched or typed yet (and the page must be in view for a second)`;
}
