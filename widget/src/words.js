/* Every word that a person reads or hears, in one place. (The names of targets are in targets.js.) */
export const words = {
  _share: "Share",
  _link: "Link",
  _copy: "Copy link",
  _copied: "Link copied",
  _byHand: "Press Ctrl+C (⌘C)",
  _newTab: " (opens in a new tab)",
  _app: "Share with another app…",
  _thanks: "This link can carry a thank-you code: if it helps someone, you get credit.",
  _no: "Send a plain link",
  _plain: "Plain link. Nobody is credited.",
  _what: "What is this?",
  _credit: "Your credit",
  _noCredit: "Your credit can’t be opened right now.",
  _late: "That was a plain link.",
};
