import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";
import { brotliCompressSync } from "node:zlib";

const built = await readFile(new URL("../../server/passalong/web/static/along.js", import.meta.url), "utf8");
const OTTOS = { key: "k7f3q9", host: "https://along.example", param: "thx", credit: "on", remember: "visit", days: 30 };

test("the settings have one place in the script, which begins with its licence", () => {
  assert.equal(built.split('"__ALONG_SITE__"').length, 2);
  assert.match(built, /^\/\*! Passalong, Apache-2\.0/);
});

test("with Otto's settings in their place it is still a script", () => {
  assert.doesNotThrow(() => new vm.Script(built.replace('"__ALONG_SITE__"', JSON.stringify(OTTOS))));
});

const FOLDER = new URL("../../server/passalong/web/static/along/", import.meta.url);
const parts = await Promise.all((await readdir(FOLDER)).map((name) => readFile(new URL(name, FOLDER), "utf8")));
const everything = [built, ...parts, await readFile(new URL("../pass-credit.js", FOLDER), "utf8")].join("\n");

const whole = await readFile(new URL("../../server/passalong/web/static/whole.js", import.meta.url), "utf8");

test("what is frozen is one piece: it has one place for settings, and loads nothing that could run", () => {
  assert.equal(whole.split('"__ALONG_SITE__"').length, 2);
  assert.doesNotMatch(whole, /\bimport\s*\(|createElement\("?script|\beval\b|new Function|importScripts|new Worker|blob:/);
  assert.match(built, /\bimport\(/, "the usual script does");
});

test("it has the hash of every file of words", async () => {
  const names = (await readdir(FOLDER)).filter((name) => name.startsWith("words."));
  assert.equal(names.length, 29);
  for (const name of names) {
    const hash = createHash("sha256").update(await readFile(new URL(name, FOLDER))).digest("base64");
    assert.ok(whole.includes(`,${name.slice(0, -3)}:${hash.slice(0, -1)}`), name);
  }
});

test("there are carrying, explaining, hints, layouts, links, the panel, printing, QR codes, quotes, rare glyphs, thanks, and words for every language but English", () => {
  assert.equal(parts.length, 11 + 29);
});

const elements = await readFile(new URL("../../server/passalong/web/static/pass-credit.js", import.meta.url), "utf8");

test("<pass-credit> and <pass-book> together have at most 8 kB, and load nothing more", () => {
  assert.ok(brotliCompressSync(elements).length <= 8192);
  assert.doesNotMatch(elements, /\bimport\s*\(|\bimport\b[^.]|iframe|localStorage|sessionStorage|indexedDB/);
});

test("the elements have words for every language of the portal", () => {
  for (const language of ["ar", "de", "en", "es", "fr", "ja", "nl", "pt"]) assert.match(elements, new RegExp(`\\b${language}:\\{signed_out:`));
});

test("nothing in them needs markup, eval or a beacon", () => {
  assert.doesNotMatch(everything, /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|sendBeacon|window\.open|document\.cookie|pushState/);
});

test("nothing in them keeps a page from the memory for going back", () => {
  assert.doesNotMatch(everything, /["'\s]((before)?unload)\b/);
});

test("no name in them is one that content blockers hide", () => {
  assert.doesNotMatch(everything, /class(Name)?:"[^"]*(share|social)|\bid:"[^"]*(share|social)|data-share|Share (via|on)\b/i);
});
