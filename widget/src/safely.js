/*
 * The host page is a guest house: nothing that goes wrong here may reach it. Every way in (a
 * listener, a method, a promise) is wrapped; what failed is told in an event for who wants to know.
 */

/**
 * @template {(...args: any[]) => any} Work
 * @param {Work} work
 * @returns {Work}
 */
export function safely(work) {
  return /** @type {Work} */ ((...args) => {
    try {
      const result = work(...args);
      return result?.catch ? result.catch(tell) : result;
    } catch (error) {
      tell(error);
    }
  });
}

/**
 * Listens in the capturing phase, so that a form is filled before the page's own listener reads it.
 * @param {EventTarget} target
 * @param {string} names
 * @param {(event: any) => any} work
 */
export function on(target, names, work) {
  const heard = safely(work);
  for (const name of names.split(" ")) target.addEventListener(name, heard, true);
}

/**
 * @param {EventTarget} target
 * @param {string} name
 * @param {object} [detail]
 * @returns {boolean} false when the page said no to it
 */
export function emit(target, name, detail) {
  return target.dispatchEvent(
    new CustomEvent("along:" + name, { bubbles: true, composed: true, cancelable: true, detail }),
  );
}

function tell(error) {
  emit(document, "error", { message: String(error) });
}
