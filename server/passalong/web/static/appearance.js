/*
 * The appearance page: shows every change at once. The server makes the code and checks what is typed; this script asks it
 * with the form's own address. What is pressed in the preview is answered here, so nothing is sent or counted.
 */
const TOKEN = "a".repeat(27);
const really = fetch;
const form = document.getElementById("controls");
const list = document.getElementById("targets");
const stages = document.querySelector(".stages");
window.fetch = (address, given) =>
  /\/v1\//.test(address) ? Promise.resolve(Response.json({ token: TOKEN, name: "" })) : really(address, given);

const address = () => `${location.pathname}?${new URLSearchParams(new FormData(form))}`;

function paint() {
  const { colour, page } = stages.dataset;
  for (const button of stages.querySelectorAll("pass-along")) button.style.setProperty("--along-accent", colour);
  stages.querySelector(".own .ground").style.background = page;
}

/** The sentences at the top and beside the fields. What is typed stays. */
function showProblems(made) {
  const [top, news] = [document, made].map((page) => page.getElementById("problems"));
  if (top.innerHTML !== news.innerHTML) top.innerHTML = news.innerHTML;
  for (const field of form.querySelectorAll(".field")) {
    const input = field.querySelector("[id][name]");
    const now = made.getElementById(input.id);
    field.className = now.closest(".field").className;
    field.querySelector(".error")?.remove();
    const error = now.closest(".field").querySelector(".error");
    if (error) input.before(error);
    for (const name of ["aria-describedby", "aria-invalid"]) copyAttribute(input, now, name);
  }
}

function copyAttribute(element, model, name) {
  if (model.hasAttribute(name)) element.setAttribute(name, model.getAttribute(name));
  else element.removeAttribute(name);
}

/** Give a button of the preview the attributes of another. Layout and glyphs are read once: for others it is made anew. */
function change(button, model) {
  const isOther = (name) => button.getAttribute(name) !== model.getAttribute(name);
  if (isOther("as") || isOther("icons")) return button.replaceWith(model.cloneNode());
  for (const name of ["look", "size", "label", "to", "hashtags", "via"]) copyAttribute(button, model, name);
}

let newest = 0;
async function refresh() {
  const number = ++newest;
  const answer = await really(address());
  if (!answer.ok || number !== newest) return;
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["code", "contrast"]) {
    const [old, now] = [document.getElementById(id), made.getElementById(id)];
    old.textContent = now.textContent;
    old.className = now.className;
  }
  showProblems(made);
  Object.assign(stages.dataset, made.querySelector(".stages").dataset);
  const model = made.querySelector("pass-along");
  for (const button of stages.querySelectorAll("pass-along")) change(button, model);
  paint();
  history.replaceState(null, "", address());
}

function enable() {
  const items = [...list.children];
  for (const item of items) {
    item.draggable = true;
    item.querySelector("[name=up]").disabled = item === items[0];
    item.querySelector("[name=down]").disabled = item === items[items.length - 1];
  }
}

form.addEventListener("input", refresh);
form.addEventListener("submit", (event) => {
  const { name, value } = event.submitter || {};
  event.preventDefault();
  const item = name && list.querySelector(`[data-key="${value}"]`);
  if (item && name === "up") item.previousElementSibling?.before(item);
  if (item && name === "down") item.nextElementSibling?.after(item);
  enable();
  if (item) (event.submitter.disabled ? item.querySelector(".btn:not(:disabled)") : event.submitter).focus();
  refresh();
});

let dragged = null;
list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("li");
  dragged.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
});
list.addEventListener("dragover", (event) => {
  const over = event.target.closest("li");
  if (!dragged || !over) return;
  event.preventDefault();
  const { top, height } = over.getBoundingClientRect();
  if (over !== dragged) over[event.clientY > top + height / 2 ? "after" : "before"](dragged);
});
list.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  enable();
  refresh();
});

enable();
paint();
