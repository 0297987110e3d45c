import { OPERATIONS, type ConversionBody, type Operations, type Problem, type RefundBody } from "./api.ts";

export type * from "./api.ts";

const TRIES = 8;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 20_000;
/** The statuses after which the same call is sent again. */
const RETRIED = [429, 502, 503, 504];

/** The names of the operations that answer with one page of a list. */
export type ListName = { [Name in keyof Operations]: Operations[Name] extends { entry: unknown } ? Name : never }[keyof Operations];
/** The entries of a list. */
export type Entry<Name extends ListName> = Operations[Name] extends { entry: infer One } ? One : never;
/** What a call needs: `path`, `query` and `body`, as far as the operation has them. */
export type Input<Name extends keyof Operations> = Given<"path", Operations[Name]["path"]> &
  Given<"query", Operations[Name]["query"]> &
  Given<"body", Operations[Name]["body"]>;
type Given<Part extends string, Value> = undefined extends Value ? unknown : object extends Value ? { [P in Part]?: Value } : { [P in Part]: Value };
type Inputs<Name extends keyof Operations> = object extends Input<Name> ? [input?: Input<Name>] : [input: Input<Name>];
type Parts = { path?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };

export interface Options {
  /** The address of the instance, such as `https://along.example.org`. */
  url: string;
  /** An API key. It is a secret: call the API from a server, never from a page. */
  key: string;
  /** How long one try may take; 20 seconds if it is left out. */
  timeoutMs?: number;
}

/** An answer that is a problem: `code` is stable, the message is one sentence that says what to do. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly code: Problem | "";

  constructor(status: number, answer: unknown) {
    const { detail, code } = (answer ?? {}) as { detail?: string; code?: Problem };
    super(detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = code ?? "";
  }
}

/** No answer after all tries. Make the same call again later, with the same `id` in its body. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** Calls the API of one site with a key. A call that fails on the way, or is answered 429 or 503, is sent again: it happens once. */
export class Client {
  readonly #root: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;

  constructor({ url, key, timeoutMs = 20_000 }: Options) {
    this.#root = `${url.replace(/\/+$/, "")}/api/v1`;
    this.#headers = { Authorization: `Bearer ${key}`, Accept: "application/json", "User-Agent": "passalong-typescript" };
    this.#timeoutMs = timeoutMs;
  }

  /** Call an operation by its name in the API reference. Throws ProblemError and UnreachableError. */
  async call<Name extends keyof Operations>(name: Name, ...[input]: Inputs<Name>): Promise<Operations[Name]["answer"]> {
    const [method, template] = OPERATIONS[name];
    const { path = {}, query = {}, body } = (input ?? {}) as Parts;
    const place = template.replace(/{(\w+)}/g, (_, id: string) => encodeURIComponent(String(path[id])));
    const headers = { ...this.#headers };
    if (method !== "GET") headers["Idempotency-Key"] = crypto.randomUUID();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const request = { method, headers, redirect: "manual", ...(body === undefined ? {} : { body: JSON.stringify(body) }) } as const;
    return (await this.#send(`${this.#root}${place}${queryString(query)}`, request)) as Operations[Name]["answer"];
  }

  /** Read every entry of a list, page by page. */
  async *each<Name extends ListName>(name: Name, query: Operations[Name]["query"] = {}): AsyncGenerator<Entry<Name>, void, undefined> {
    for (let after: string | null | undefined; after !== null; ) {
      const input = { query: { ...query, after } } as unknown as Inputs<Name>[0];
      const page = (await this.call(name, ...([input] as Inputs<Name>))) as { data: Entry<Name>[]; next?: string | null };
      yield* page.data;
      after = page.next ?? null;
    }
  }

  /** Report a conversion: an order, a sign-up, a donation. */
  reportConversion(body: ConversionBody) {
    return this.call("report_conversion", { body });
  }

  /** Report a refund: `amount_minor`, or all that is left with `full`. */
  reportRefund(conversionId: string, body: RefundBody) {
    return this.call("report_refund", { path: { conversion_id: conversionId }, body });
  }

  /** Return the receipt of a conversion, or that it is still `pending`. */
  readConversion(conversionId: string) {
    return this.call("read_conversion", { path: { conversion_id: conversionId } });
  }

  async #send(address: string, request: RequestInit): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const reply = await this.#tried(address, request);
      if ("cause" in reply) {
        if (tries === TRIES) throw new UnreachableError(`${request.method} ${address} had no answer after ${TRIES} tries.`, reply);
      } else if (reply.ok) return reply.answer;
      else if (tries === TRIES || !RETRIED.includes(reply.status)) throw new ProblemError(reply.status, reply.answer);
      await pause(Math.max(waitMs(tries), "cause" in reply ? 0 : reply.retryAfterMs));
    }
  }

  /** Return the answer to one try, or the cause why there was none, or only a part of it. */
  async #tried(address: string, request: RequestInit) {
    try {
      const response = await fetch(address, { ...request, signal: AbortSignal.timeout(this.#timeoutMs) });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
      const retryAfterMs = Number(response.headers.get("Retry-After") ?? 0) * 1000 || 0;
      return { ok: response.ok, status: response.status, answer: isJson ? (JSON.parse(text) as unknown) : {}, retryAfterMs };
    } catch (cause) {
      return { cause };
    }
  }
}

function queryString(query: Record<string, unknown>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

/** Return how long to wait after a failed try: longer each time, and never quite the same. */
function waitMs(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
