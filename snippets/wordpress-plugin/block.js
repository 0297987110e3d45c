/* The block in the editor; pages get the button from the plugin's PHP. */
(function (blocks, editor, element, i18n) {
  blocks.registerBlockType("passalong/button", {
    apiVersion: 2,
    title: i18n.__("Share button (Passalong)", "passalong"),
    category: "widgets",
    icon: "share",
    edit: () =>
      element.createElement(
        "p",
        editor.useBlockProps({ className: "passalong-preview" }),
        i18n.__("Share button", "passalong")
      ),
    save: () => null,
  });
})(window.wp.blocks, window.wp.blockEditor, window.wp.element, window.wp.i18n);
