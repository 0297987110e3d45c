/*
 * Forms that asked for it (`data-along`) carry the code to the owner's server in a hidden field:
 * the one memory that no browser shortens.
 */

/**
 * @param {string} name
 * @param {string|null} code null empties the fields again
 */
export function fillForms(name, code) {
  for (const form of document.querySelectorAll("form[data-along]")) {
    let field = form.elements[name];
    if (code && !field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field._ours = true;
      form.append(field);
    }
    // A field that the owner filled is the owner's, until there is something to say.
    if (code || field?._ours) field.value = code || "";
  }
}
