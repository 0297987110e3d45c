import type { LoadOptions, PassAlongAttributes, PassAlongElement, PassQuoteAttributes, ShareDetail } from "@passalong/widget";
import type { CSSProperties, ForwardRefExoticComponent, ReactNode, RefAttributes } from "react";

interface Common {
  id?: string;
  className?: string;
  style?: CSSProperties;
  hidden?: boolean;
  dir?: string;
}

export interface PassAlongProps extends PassAlongAttributes, Common {
  /** What people see without the script: a link to a mail, say. */
  children?: ReactNode;
  onOpen?: (event: CustomEvent<null>) => void;
  onClose?: (event: CustomEvent<null>) => void;
  /** `event.preventDefault()` stops the share. */
  onShare?: (event: CustomEvent<ShareDetail>) => void;
}

/** Load a site's script when this is shown first. Draws nothing. */
export function Passalong(options: LoadOptions): null;
export const PassAlong: ForwardRefExoticComponent<PassAlongProps & RefAttributes<PassAlongElement>>;
export const PassThanks: ForwardRefExoticComponent<Common & { lang?: string } & RefAttributes<HTMLElement>>;
export const PassQuote: ForwardRefExoticComponent<Common & PassQuoteAttributes & RefAttributes<HTMLElement>>;
