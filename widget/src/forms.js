/*
 * Forms that asked for it (`data-along`) carry the code to the owner's server: the one memory that no browser shortens.
 * The code goes into what is sent, so that the page's own elements stay as they are. (A hidden field that appears by itself
 * breaks the hydration of frameworks.)
 */
/**
 * @param {any} event `formdata`, also that of `new FormData(form)`, or `submit`
 * @param {string} name
 * @param {string|null} code
 */
export function fillForm({ target: form, formData }, name, code) {
  if (!form.matches("form[data-along]")) return;
  if (formData) return code && formData.set(name, code);
  const field = form.elements[name];
  // A field that the owner put there is filled for scripts that read it, and emptied where the person said no meanwhile.
  if (field && (code || field._isFilled)) {
    field.value = code || "";
    field._isFilled = true;
  }
}
