/* WooCommerce's checkout block: set the code of the visit before the order is placed, by a press or by a key. */
(function (data) {
  const send = () => {
    const code = window.along?.code?.();
    const store = data.dispatch("wc/store/checkout");
    const set = store?.setExtensionData ?? store?.__internalSetExtensionData;
    if (typeof code === "string") set?.("passalong", { ht: code });
  };
  for (const name of ["pointerdown", "keydown", "focusin"]) document.addEventListener(name, send, true);
})(window.wp.data);
