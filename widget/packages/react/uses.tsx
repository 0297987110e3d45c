/* Uses of the elements in JSX that `npm run lint` checks; it is no part of the package. */
import "@passalong/react/elements";
import type { PassCreditElement } from "@passalong/widget";
import { createRef } from "react";

const credit = createRef<PassCreditElement>();
credit.current?.addEventListener("pass:state", (event) => event.detail.state === "signed-out" && credit.current?.refresh());

export const page = (
  <>
    <pass-along look="solid" carrier="hash" className="mine"><a href="mailto:?">Send this page</a></pass-along>
    <pass-thanks lang="de" />
    <pass-quote for="article" />
    <pass-credit ref={credit} token-url="/my/credit-token" why-url="/my/credit" lang="nl" style={{ blockSize: "20rem" }} />
    <pass-book site="k7f3q9" />
    {/* @ts-expect-error -- a look that there is none of */}
    <pass-along look="loud" />
    {/* @ts-expect-error -- a misspelt attribute */}
    <pass-credit tokenurl="/my/credit-token" />
  </>
);
