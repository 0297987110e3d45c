import type { PassAlongElement } from "./pass-along.js";

export type {
  PassAlongAttributes,
  PassAlongElement,
  PassBookAttributes,
  PassCreditAttributes,
  PassCreditElement,
  PassQuoteAttributes,
  ShareDetail,
  StateDetail,
} from "./pass-along.js";

export interface Config {
  param?: string;
  remember?: "visit" | "window" | "none";
  days?: number;
  credit?: "on" | "ask" | "off";
  consent?: boolean;
  place?: string;
  /** Places of your own, by key: a name, and an address with `{u}` for the link and `{t}` for the title. */
  targets?: Record<string, [name: string, address: string]>;
  [attribute: string]: unknown;
}

export interface LoadOptions {
  /** Origin of the Passalong server. */
  host?: string;
  /** The site's key. */
  site?: string;
  /** The script's address, where it is another than `host/along/site.js`: a frozen version, your own domain. */
  src?: string;
  /** The hash of a frozen version. */
  integrity?: string;
  nonce?: string;
  config?: Config;
}

export interface Report {
  settings: { name: string; value: unknown; from: string }[];
  links: { element: PassAlongElement; attributes: string; link: string; why: string }[];
  visit: string;
  problems: string[];
}

/** Load the script, once. Settled when it has run, or could not come. */
export function load(options: LoadOptions): Promise<void>;
/** Open a panel: that of the element, or of the first on the page. */
export function open(element?: HTMLElement): Promise<void>;
/** An address to share, with a code where there is one. */
export function link(what?: { url?: string; title?: string }): Promise<string>;
/** What goes along with an order; null where nobody's link led here, and on a server. */
export function code(): Promise<string | null>;
/** The person of this visit did something. */
export function outcome(name: string): Promise<void>;
export function consent(answer: boolean): Promise<void>;
/** Delete what is kept in this browser. */
export function forget(): Promise<void>;
/** Why links are plain, and what is to be mended. */
export function explain(): Promise<Report>;
