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
