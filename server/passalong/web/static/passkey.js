/* Passkeys: a form with `data-passkey` asks the server what to sign, has the browser sign it, and posts the answer.
   Without scripts the stylesheet hides its section, where a browser knows no passkeys this script does: the other ways
   are there. */
(() => {
  "use strict";
  const section = document.getElementById("with-passkey");
  const form = section && section.querySelector("form[data-passkey]");
  if (section && !window.PublicKeyCredential) section.hidden = true;
  if (!form || !window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const read = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
  });
  const written = (made) => {
    const said = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) said[name] = text(made.response[name]);
    }
    return { id: made.id, rawId: text(made.rawId), type: made.type, response: said, clientExtensionResults: {} };
  };
  const ask = async () => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.options, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const publicKey = read(await answer.json());
    const verb = form.dataset.passkey === "create" ? "create" : "get";
    form.elements.namedItem("credential").value = JSON.stringify(written(await navigator.credentials[verb]({ publicKey })));
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const status = form.querySelector("[role=status]");
    status.textContent = "";
    ask().catch(() => {
      status.textContent = status.dataset.failed;
    });
  });
})();
