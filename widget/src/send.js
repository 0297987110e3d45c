/*
 * Sending. fetch with keepalive, because content blockers stop every third-party beacon by its kind;
 * text/plain, which a string is by itself, because it needs no preflight. Tried again, with the same body and so the same id,
 * only when the server was busy or the browser offline: any other failure may be somebody's no.
 */
import { settings } from "./config.js";
import { pause } from "./pause.js";
import { refused } from "./refusal.js";

const TRIES = 4;

/**
 * @param {string} path
 * @param {object} note
 * @returns {Promise<any>} what the server answered, an empty object where it said nothing or no
 */
export async function send(path, note) {
  // What is empty is not said.
  const body = JSON.stringify(note, (_, value) => value || undefined);
  // A no that comes while a note waits is a no to the note.
  for (let attempt = 1; attempt <= TRIES && !refused(); attempt++) {
    try {
      const answer = await fetch(settings.host + path, {
        method: "POST",
        keepalive: true,
        credentials: "omit",
        body,
      });
      if (![429, 503].includes(answer.status)) return await answer.json().catch(() => ({}));
      await pause(pauseMs(attempt, answer.headers.get("Retry-After")));
    } catch {
      if (navigator.onLine) break;
      await new Promise((done) => addEventListener("online", done, { once: true }));
    }
  }
  return {};
}

/**
 * @param {number} attempt the one that failed, from 1
 * @param {string|null} retryAfter what the server asked for, in seconds
 */
export function pauseMs(attempt, retryAfter) {
  return Math.max(+/** @type {any} */ (retryAfter) || 0, 2 ** attempt) * 1000;
}
