import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import "./globals.js";
import { wordFor } from "../src/words.js";

const FOLDER = new URL("../words/", import.meta.url);
const read = async (language) => JSON.parse(await readFile(new URL(`${language}.json`, FOLDER), "utf8"));
const english = await read("en");
const languages = (await readdir(FOLDER)).map((name) => name.replace(".json", ""));
const placeholders = (text) => (text.match(/\{\w+\}/g) || []).sort();

test("there are the twenty-eight languages, and two more from right to left", () => {
  const asked = "en de fr es it pt nl pl sv da nb fi cs tr uk ru el he ar hi ja ko zh id vi th hu ro fa ur";
  assert.deepEqual([...languages].sort(), asked.split(" ").sort());
});

for (const language of languages) {
  const words = await read(language);
  test(`${language} has every string and no other, each with its placeholders`, () => {
    assert.deepEqual(Object.keys(words), Object.keys(english));
    for (const name in words) {
      assert.ok(words[name].trim(), name);
      assert.deepEqual(placeholders(words[name]), placeholders(english[name]), name);
    }
  });

  test(`${language} has a word for the button, and says nothing twice, nothing in capitals, nothing with a shout`, () => {
    assert.equal(wordFor(language)[0], language);
    const others = Object.entries(words).filter(([name]) => name !== "link");
    assert.equal(new Set(others.map(([, word]) => word)).size, others.length);
    for (const name in words) assert.doesNotMatch(words[name], /[!！¡]|\b\p{Lu}{5,}\b/u, name);
  });

  test(`${language} is plain: a line of the panel has at most twenty words and fits its place`, () => {
    for (const name in words) {
      for (const sentence of words[name].split(/[.:。।۔]\s*/)) assert.ok(sentence.split(/\s+/).length <= 20, sentence);
    }
    for (const name of ["copy", "copied", "email", "sms", "print", "qr", "back", "change"]) {
      assert.ok(words[name].length <= 24, `${name}: ${words[name]}`);
    }
  });
}

test("only English is in English", async () => {
  for (const language of languages.filter((name) => name !== "en")) {
    const words = await read(language);
    const same = Object.keys(english).filter((name) => words[name] === english[name]);
    assert.ok(same.length <= 3, `${language}: ${same}`);
  }
});

for (const [tag, language] of [["de-AT", "de"], ["pt-BR", "pt"], ["zh-Hant-TW", "zh"], ["NO", "nb"], ["nn-NO", "nb"], ["fa-IR", "fa"]]) {
  test(`${tag} is read as ${language}`, () => assert.equal(wordFor(tag)[0], language));
}

for (const tag of ["", "tlh", "x-klingon", ".*", "en:Share", "(", "e", "\u0000"]) {
  test(`English stands in where there are no words: ${JSON.stringify(tag)}`, () => assert.deepEqual(wordFor(tag), ["en", "Share"]));
}
