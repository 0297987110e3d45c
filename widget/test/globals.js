/* What the sources look at when they are loaded: import this before them. */
const page = { document: {}, location: { href: "https://example.org/" }, window: {} };
for (const name in page) Object.defineProperty(globalThis, name, { value: page[name], configurable: true, writable: true });
globalThis.matchMedia = () => ({ matches: false });
globalThis.HTMLScriptElement = class {};
globalThis.Element = class {};
globalThis.Text = class {
  baseURI = "https://example.org/";
};
