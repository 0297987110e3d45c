// Shows what a draft of the rule does while it changes. Without this script, "Show what this does" shows the same.
"use strict";
{
  const PARTS = ["shown", "cost", "effect", "put"];
  const form = document.getElementById("draft");
  let asked = new AbortController();
  let timer = 0;

  const show = async () => {
    asked.abort();
    asked = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    query.delete("once");
    query.set("act", "preview");
    try {
      const answer = await fetch(`${form.action}?${query}`, { signal: asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !page.querySelector("#shown blockquote")) return; // not a whole rule yet
      for (const id of PARTS) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    } catch {
      // another change came first, or the network is away: the button still works
    }
  };

  form?.addEventListener("input", (event) => {
    if (event.target.closest("[data-still]")) return;
    clearTimeout(timer);
    timer = setTimeout(show, 250);
  });
}
