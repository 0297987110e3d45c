/*
 * The Install page: buttons that copy, and lights that are asked for every three seconds; after ten minutes the page
 * shows that somebody can check. Without this script the page refreshes itself. The Shops page uses the buttons alone.
 */
const EVERY_MS = 3000;
const LONGEST_MS = 10 * 60000;
const list = document.getElementById("lights");
const say = document.getElementById("lit");
const began = Date.now();

function show({ lights, say: words }) {
  for (const light of lights) {
    const item = list.querySelector(`[data-light="${light.name}"]`);
    if (light.on && !item.classList.contains("on")) item.querySelector(".how").open = false;
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

/* Buttons that copy the text of another element: `data-copy` is its id, `data-copied` the word that says it is done. */
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  const word = button.textContent;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = word), 4000);
    } catch {
      getSelection().selectAllChildren(text);
    }
  });
}
