/* The one-time code stands after the # of the address, where no server log sees it: put it into the form, take it out
   of the address bar and the history, and send the form. Without this script the person pastes the code. */
(() => {
  "use strict";
  const form = document.getElementById("hand-over");
  const byHand = document.getElementById("by-hand");
  const take = () => {
    const code = location.hash.slice(1);
    if (!form || !byHand || !code) return;
    history.replaceState(null, "", location.pathname + location.search);
    form.elements.namedItem("code").value = code;
    byHand.hidden = true;
    form.submit();
  };
  addEventListener("hashchange", take);
  take();
})();
