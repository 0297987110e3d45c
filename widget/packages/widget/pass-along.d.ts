/** Types of Passalong's elements and events, for pages that load the script by a tag: `import "@passalong/widget/elements"`. */

/** Attributes of `<pass-along>`; each is a property of the same name, too. */
export interface PassAlongAttributes {
  /** What is shared; the page's address if not said. */
  url?: string;
  title?: string;
  /** Put before the link in a mail, and given to the device's share sheet. */
  text?: string;
  image?: string;
  /** Keys of targets, separated by spaces. */
  to?: string;
  label?: string;
  lang?: string;
  as?: "button" | "row" | "bar";
  icons?: "on" | "off";
  /** Words separated by spaces or commas. */
  hashtags?: string;
  /** Your account on X. */
  via?: string;
  look?: "outline" | "solid" | "plain" | "icon";
  size?: "m" | "s" | "l";
  native?: "auto" | "always" | "never";
  credit?: "on" | "ask" | "off";
  carrier?: "query" | "hash" | "hop";
  open?: "below" | "above" | "sheet";
  /** A selector: text that is selected in there can be shared. */
  quote?: string;
}

export interface PassQuoteAttributes {
  /** A selector; `article` if not said. */
  for?: string;
  look?: PassAlongAttributes["look"];
}

/** What `along:share` says: to which target, which address, and the code in it. */
export interface ShareDetail {
  to: string;
  url: string;
  code: string | null;
}

export type PassAlongElement = HTMLElement & Required<Omit<PassAlongAttributes, "title" | "lang">>;

declare global {
  interface HTMLElementTagNameMap {
    "pass-along": PassAlongElement;
    "pass-thanks": HTMLElement;
    "pass-quote": HTMLElement;
  }
  interface HTMLElementEventMap {
    "along:open": CustomEvent<null>;
    "along:close": CustomEvent<null>;
    "along:share": CustomEvent<ShareDetail>;
  }
  interface DocumentEventMap {
    "along:arrive": CustomEvent<{ code: string | null }>;
    "along:error": CustomEvent<{ message: string }>;
  }
}
