/* Types that several files share, and the names that the build or the page defines. Nothing in here runs. */
declare const PARTS_HASH: string;
declare const LAYOUT_WORDS: Record<string, string[]>;
declare const DATA_HASHES: string;

declare module "*.css" {
  const css: string;
  export default css;
}

interface Window {
  along: any;
}

interface Navigator {
  globalPrivacyControl?: boolean;
}

declare var along: any;

/** The words of one language, by the keys of words/en.json. */
type Words = Record<string, string>;

/** Settings of a site; config.js says where they come from. */
interface Settings {
  /** The site's key; "" means that nothing is ever kept or sent. */
  key: string;
  /** Origin of the Passalong server. */
  host: string;
  /** Name of the query parameter that carries a token. */
  param: string;
  /** Parameters that are read on arrival, as a regular expression: `param`, and those of links that were imported. */
  read: string;
  credit?: string;
  remember: string;
  /** How long `remember: "window"` remembers. */
  days: number;
  /** false: wait for along.consent(true). A data attribute can only say it in letters. */
  consent?: boolean | string;
  /** Places of the owner's own, by key: a name, and an address with {u} and {t}. A data attribute has them as JSON. */
  targets?: Record<string, [string, string]> | string;
  /** A selector: where to put a button on a page without one. */
  place?: string;
  /** The attributes of the same names. */
  [attribute: string]: any;
}

/** The visit that a page remembers. */
interface Arrival {
  token: string;
  visit: string;
  /** "" for a visit that began on another host of the site. */
  visitor: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** A link with a token, or one that still waits for it. */
interface Link {
  _token: string;
  _guest: string;
  /** The guest whom `_guest` replaces; "" for none. */
  _was: string;
  /** The name of the person who gets the credit, where they gave one. */
  _name?: string;
  /** A link of the owner's try mode. */
  _isTry?: boolean;
  /** The server answered that there will be no token. */
  _isRefused?: boolean;
  _answer?: Promise<void>;
}

/** What would be shared at one moment. */
interface Page {
  /** The address to share, with a token if one has come. */
  url: string;
  /** The address without a token. */
  plain: string;
  /** The short link, "" where there is none. */
  short: string;
  title: string;
  name?: string;
  _link?: Link | null;
}

/** One <pass-along> on the page. */
interface Widget {
  _host: HTMLElement;
  _root: ShadowRoot;
  _box: HTMLElement;
  _button: HTMLButtonElement;
  _more: HTMLButtonElement;
  _status: HTMLOutputElement;
  /** The panel's words, once it is there. */
  _words?: Words;
  /** What a press would share; undefined until somebody shows the intent to share. */
  _page?: Page;
  /** The address to share instead of the page's own (a quote). */
  _url?: string;
  _isOffered?: boolean;
  _isUndecided?: boolean;
  /** The person's choice; undefined until they made one. */
  _isPlain?: boolean;
  /** The panel, once it was asked for. */
  _coming?: Promise<void> | null;
  _isWaiting?: boolean;
  /** The last press of its button. */
  _press?: any;
  _panel?: PanelHooks;
  /** A row or a bar of targets, where the owner wants one. */
  _layout?: { _render(): void };
}

/** A drawn row or bar. */
interface Layout {
  _widget: Widget;
  _words: Words;
  _list: HTMLElement;
  /** "Copy link" and the targets, by key. */
  _entries: Record<string, any>;
  /** What was drawn, to draw again only what differs. */
  _drawn?: string;
  /** Does a press wait for a token? */
  _isWaiting?: boolean;
}

/** What a loaded panel does for its widget. */
interface PanelHooks {
  _open(): void;
  _redraw(): void;
  _render(): void;
  /** Shows a message on "Copy link"; "" takes it away. */
  _echo(text: string): void;
}

/** A drawn panel: its elements by purpose, and its state. */
interface View {
  _widget: Widget;
  _words: Words;
  _panel: HTMLElement;
  /** Seen where the panel is a sheet. */
  _close: HTMLButtonElement;
  _main: HTMLElement;
  /** Title and host of what is shared. */
  _title: HTMLElement;
  _at: HTMLElement;
  _field: HTMLInputElement;
  _copy: HTMLButtonElement;
  _list: HTMLElement;
  _app: HTMLElement;
  _code: HTMLElement;
  _paper: HTMLElement;
  _quote: HTMLElement;
  _others: HTMLAnchorElement;
  _says: HTMLElement;
  _yes: HTMLElement;
  _no: HTMLElement;
  _credit: HTMLAnchorElement;
  _change: HTMLAnchorElement;
  /** The links to share targets, by key. */
  _targets: Record<string, HTMLAnchorElement>;
  _isQuoted?: boolean;
  /** When it was opened, by performance.now(); 0 as soon as the pointer has moved since. */
  _openedAt?: number;
}
