/*
 * The cast: Anna shares, Ben passes it on, Cleo comes, Otto owns the site, Mallory must get nothing.
 * And a stage: just enough of a browser for the parts that are pure but for its globals.
 */
export const SITE = "k7f3q9";
export const ANNAS_TOKEN = "AAAAAAAAAAAAAAAAAAAAAAAAAAA";
export const BENS_TOKEN = "BBBBBBBBBBBBBBBBBBBBBBBBBBB";
export const ANNAS_SECRET = "anna-0123456789-0123456789";
export const CLEO = "cleo-0123456789-0123456789";

/** @param {{href?: string, title?: string, gpc?: boolean, online?: boolean}} [scene] */
export function stage({ href = "https://example.org/bees", title = "Bees in winter", gpc = false, online = true } = {}) {
  const stored = { localStorage: makeStorage(), sessionStorage: makeStorage() };
  const backOnline = new EventTarget();
  const globals = {
    ...stored,
    window: stored,
    location: { href },
    navigator: { onLine: online, globalPrivacyControl: gpc },
    document: { title, baseURI: href, querySelector: (asked) => (asked === "title" ? { text: title } : null), querySelectorAll: () => [] },
    addEventListener: backOnline.addEventListener.bind(backOnline),
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return { ...stored, navigator: globals.navigator, backOnline };
}

/**
 * A server that gives these answers, one after the other, and remembers what it was told.
 * @param {...(number|Error|[status: number, body: object, headers?: Record<string, string>])} answers
 */
export function serverSays(...answers) {
  const told = [];
  globalThis.fetch = async (url, init) => {
    told.push({ url, init, body: JSON.parse(init.body) });
    const answer = answers.shift() ?? 202;
    if (answer instanceof Error) throw answer;
    const [status, body, headers] = Array.isArray(answer) ? answer : [answer];
    return new Response(body ? JSON.stringify(body) : null, { status, headers });
  };
  return told;
}

/** Lets everything happen that is due. */
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await null;
}

function makeStorage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => kept.set(key, text),
    removeItem: (key) => kept.delete(key),
    get size() {
      return kept.size;
    },
  };
}
