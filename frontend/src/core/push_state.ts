/** Whether this device can be told by pushes, and what stands in the way. */

export interface PushFacts {
  /** Trusted https, or this very machine. */
  readonly secure: boolean;
  /** The browser has pushes, in this window. */
  readonly able: boolean;
  /** iPhone or iPad, in Safari's tab and not from the home screen. */
  readonly inAppleTab: boolean;
  readonly permission: "default" | "denied" | "granted";
  /** The browser has given this page a subscription. */
  readonly subscribed: boolean;
  /** The server has a channel for this device. */
  readonly known: boolean;
}

export type PushState = "plain" | "home-screen" | "unable" | "denied" | "off" | "on";

export function pushState(facts: PushFacts): PushState {
  if (!facts.secure) return "plain";
  if (!facts.able) return facts.inAppleTab ? "home-screen" : "unable";
  if (facts.permission === "denied") return "denied";
  return facts.subscribed && facts.known ? "on" : "off";
}

/** What is said in each state, and what a person can do about it, step by step. */
export const PUSH_WORDS: Readonly<Record<PushState, { readonly said: string; readonly steps: readonly string[] }>> = {
  plain: {
    said: "Notifications need trusted https.",
    steps: ["On the computer: ./run make-cert, then ./run --lan --tls.", "Open the address that it prints, and trust the certificate once on this device.", "Come back here."],
  },
  "home-screen": {
    said: "On an iPad or iPhone, notifications come to apps on the home screen (iPadOS or iOS 16.4 and later).",
    steps: [
      "In Safari tap Share, then Add to Home Screen, then Add.",
      "Open ide from the home screen and sign in there.",
      "There: account menu, Where I am told…, Tell me on this device.",
      "Allow notifications when the system asks, and send a test.",
    ],
  },
  unable: { said: "This browser has no notifications while the page is closed; a private window has none either.", steps: [] },
  denied: {
    said: "This device was told not to show notifications of this page.",
    steps: [
      "On an iPad or iPhone: Settings, Notifications, ide. Elsewhere: the sign left of the address, Notifications.",
      "Allow them there.",
      "Reload this page, and come back here.",
    ],
  },
  off: { said: "Nothing is shown on this device while the page is closed.", steps: [] },
  on: { said: "Notifications come to this device, also while the page is closed, until it is signed out.", steps: [] },
};
