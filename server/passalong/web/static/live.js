/* Announces new events above the list of the console. Without it, the page shows them when it is loaded again. */
(() => {
  "use strict";
  const EVERY_MS = 10_000;
  const line = document.querySelector("[data-live]");
  if (!line) return;

  const look = async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await fetch(line.dataset.live, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { words } = await answer.json();
    if (!words || line.textContent === words) return;
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = words;
    line.replaceChildren(link);
  };

  const tick = () => look().catch(() => {}); // offline: the next look may succeed
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, EVERY_MS);
})();
