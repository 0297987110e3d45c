/* The block in the editor; pages get the button from the plugin's PHP. */
(function (blocks, element) {
  blocks.registerBlockType("passalong/button", {
    apiVersion: 2,
    title: "Share button (Passalong)",
    category: "widgets",
    icon: "share",
    edit: () => element.createElement("p", { className: "passalong-preview" }, "Share button"),
    save: () => null,
  });
})(window.wp.blocks, window.wp.element);
