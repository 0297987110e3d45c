/*
 * What the parts that are loaded later get of the first script: its state and its way of doing things. These names, those of
 * `widget` in widget.js and those of a Page are plain words, because the build renames what begins with `_` in each part alone.
 */
import { setting, settings } from "./config.js";
import { load } from "./load.js";
import { guest, saidNo } from "./memory.js";
import { refused } from "./refusal.js";
import { emit, on } from "./safely.js";
import { send } from "./send.js";
import { languageOf, wordsFor } from "./words.js";

export const core = { settings, setting, load, send, refused, guest, saidNo, emit, on, languageOf, wordsFor };
