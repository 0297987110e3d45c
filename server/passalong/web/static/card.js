/* The card as a PNG, made here, where the letters of every language are. Nothing is sent. */
(() => {
  "use strict";
  const picture = document.getElementById("card");
  const link = document.getElementById("as-png");
  if (!picture || !link) return;
  const draw = () => {
    const canvas = document.createElement("canvas");
    canvas.width = picture.getAttribute("width");
    canvas.height = picture.getAttribute("height");
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    link.href = canvas.toDataURL("image/png");
    link.hidden = false;
  };
  if (picture.complete) draw();
  else picture.addEventListener("load", draw);
})();
