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

/** Attributes of `<pass-credit>`: what a signed-in customer has, on your own pages. */
export interface PassCreditAttributes {
  /** A token that your server wrote into the page. */
  token?: string;
  /** A route of yours that answers a POST with `{"token": "ct_…"}`, or with 401. */
  "token-url"?: string;
  /** Where "See why" leads; to the portal if not said. */
  "why-url"?: string;
  lang?: string;
}

/** Attributes of `<pass-book>`: the open book of a site. */
export interface PassBookAttributes {
  /** The key of your site. */
  site?: string;
  lang?: string;
}

export interface PassCreditElement extends HTMLElement {
  token: string;
  /** Takes the place of `token-url`. */
  getToken?: () => Promise<string>;
  /** Forget the token and ask for a new one: call it when somebody has signed in or out without a page load. */
  refresh(): Promise<void>;
}

/** What `pass:state` says. */
export interface StateDetail {
  state: "loading" | "signed-out" | "failed" | "shown";
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
    "pass-credit": PassCreditElement;
    "pass-book": HTMLElement;
  }
  interface HTMLElementEventMap {
    "along:open": CustomEvent<null>;
    "along:close": CustomEvent<null>;
    "along:share": CustomEvent<ShareDetail>;
    "pass:state": CustomEvent<StateDetail>;
  }
  interface DocumentEventMap {
    "along:arrive": CustomEvent<{ code: string | null }>;
    "along:error": CustomEvent<{ message: string }>;
  }
}
