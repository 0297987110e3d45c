/*
 * The Install page: asks for the lights every three seconds, and after ten minutes shows that
 * somebody can check. Without this script the page refreshes itself.
 */
const EVERY_MS = 3000;
const LONGEST_MS = 10 * 60000;
const list = document.getElementById("lights");
const say = document.getElementById("lit");
const began = Date.now();

function show({ lights, say: words }) {
  for (const light of lights) {
    const item = list.querySelector(`[data-light="${light.name}"]`);
    item.className = light.on ? "on" : light.next ? "wait" : "";
    const seen = item.querySelector(".seen");
    if (seen.textContent !== light.words) seen.textContent = light.words;
    seen.classList.toggle("try", light.is_try);
  }
  if (say.textContent !== words) say.textContent = words;
  return lights.every((light) => light.on);
}

function done() {
  const looks = document.getElementById("looks");
  if (looks) looks.hidden = true;
}

async function look() {
  let all = false;
  try {
    const answer = await fetch(list.dataset.url);
    if (answer.ok) all = show(await answer.json());
  } catch {
    // The server is away for a moment: ask again.
  }
  if (all) return done();
  if (Date.now() - began < LONGEST_MS) return setTimeout(look, EVERY_MS);
  done();
  const still = document.getElementById("still");
  still.hidden = false;
  still.scrollIntoView({ block: "nearest" });
}

if (document.getElementById("looks")) setTimeout(look, EVERY_MS);
