/*
 * Forms that asked for it (`data-along`) carry the code to the owner's server: the one memory that no browser shortens.
 * The code goes into what is sent, so that the page's own elements stay as they are. (A hidden field that appears by itself
 * breaks the hydration of frameworks.) A form's own properties are not asked: a field named "elements" or "hasAttribute" hides them.
 */
/**
 * @param {any} event `formdata`, also that of `new FormData(form)`, or `submit`
 * @param {string} name
 * @param {string|null} code
 */
export function fillForm({ target: form, formData }, name, code) {
  if (!HTMLElement.prototype.hasAttribute.call(form, "data-along")) return;
  if (formData) return code && formData.set(name, code);
  for (const field of /** @type {NodeListOf<any>} */ (document.getElementsByName(name))) {
    // A field that the owner put there is filled for scripts that read it, and emptied where the person said no meanwhile.
    if (field.form === form && (code || field._isFilled)) {
      field.value = code || "";
      field._isFilled = true;
    }
  }
}
