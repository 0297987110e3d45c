"use client";
/*
 * Components around the custom elements. A server renders the plain elements with their children, which are what people see without
 * the script; nothing in them changes before React takes the page over.
 */
import { load } from "@passalong/widget";
import { createElement, forwardRef, useEffect, useRef } from "react";

const EVENTS = { onOpen: "along:open", onClose: "along:close", onShare: "along:share" };

/** Load a site's script when this is shown first. Draws nothing. */
export function Passalong(options) {
  useEffect(() => {
    load(options);
  }, []);
  return null;
}

/** What is no attribute of an element. */
const NO_ATTRIBUTES = new Set(["children", "className", ...Object.keys(EVENTS)]);

export const PassAlong = forwardRef((props, given) => {
  const own = useRef(null);
  const handlers = useRef(props);
  handlers.current = props;
  useEffect(() => {
    const node = own.current;
    const heard = Object.entries(EVENTS).map(([name, type]) => [type, (event) => handlers.current[name]?.(event)]);
    for (const [type, hear] of heard) node.addEventListener(type, hear);
    return () => heard.forEach(([type, hear]) => node.removeEventListener(type, hear));
  }, []);
  return createElement("pass-along", { ...attributesOf(props), ref: joined(own, given) }, props.children);
});
PassAlong.displayName = "PassAlong";

export const PassThanks = forwardRef((props, ref) => createElement("pass-thanks", { ...attributesOf(props), ref }));
PassThanks.displayName = "PassThanks";

export const PassQuote = forwardRef((props, ref) => createElement("pass-quote", { ...attributesOf(props), ref }));
PassQuote.displayName = "PassQuote";

/** React 18 gives custom elements attributes as they are written: `class` is the name that both versions know. */
function attributesOf(props) {
  const kept = Object.fromEntries(Object.entries(props).filter(([name]) => !NO_ATTRIBUTES.has(name)));
  return props.className ? { ...kept, class: props.className } : kept;
}

function joined(own, given) {
  return (node) => {
    own.current = node;
    if (typeof given === "function") given(node);
    else if (given) given.current = node;
  };
}
