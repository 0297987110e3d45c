/*
 * Reports a notice (an element with data-notice) that its reader had before their eyes: on screen for a second, in a tab that is
 * visible. A page that is loaded ahead of time, or in the background, reports nothing.
 */
(() => {
  "use strict";
  const SEEN_MS = 1000;
  const unseen = new Set(document.querySelectorAll("[data-notice]"));
  const timers = new Map();

  const report = (notice) => {
    unseen.delete(notice);
    observer.unobserve(notice);
    const body = new URLSearchParams({ notice: notice.dataset.notice });
    fetch("/me/seen", { method: "POST", body, keepalive: true }).catch(() => {}); // unreported, it is shown again
  };

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(timers.get(target));
        if (isIntersecting) timers.set(target, setTimeout(report, SEEN_MS, target));
      }
    },
    { threshold: 0.5 },
  );

  const watch = () => {
    observer.disconnect();
    timers.forEach((timer) => clearTimeout(timer));
    if (document.visibilityState === "visible") for (const notice of unseen) observer.observe(notice);
  };

  document.addEventListener("visibilitychange", watch);
  watch();
})();
