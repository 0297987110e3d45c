/** Types of the plain elements in JSX, for React 18 and 19: `import "@passalong/react/elements"`. */
import type {
  PassAlongAttributes,
  PassAlongElement,
  PassBookAttributes,
  PassCreditAttributes,
  PassCreditElement,
  PassQuoteAttributes,
} from "@passalong/widget";
import type { ClassAttributes, HTMLAttributes } from "react";

type Plain<Attributes, Node = HTMLElement> = Attributes & ClassAttributes<Node> & Omit<HTMLAttributes<Node>, keyof Attributes>;

interface PassElements {
  "pass-along": Plain<PassAlongAttributes, PassAlongElement>;
  "pass-thanks": Plain<{ lang?: string }>;
  "pass-quote": Plain<PassQuoteAttributes>;
  "pass-credit": Plain<PassCreditAttributes, PassCreditElement>;
  "pass-book": Plain<PassBookAttributes>;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements extends PassElements {}
  }
}

declare global {
  namespace JSX {
    interface IntrinsicElements extends PassElements {}
  }
}
