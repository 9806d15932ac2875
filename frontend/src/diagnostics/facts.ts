/** What a browser tells of its device and of the room it gives to the page. */

import type { Facts } from "./journal";

const QUERIES = {
  "finger": "(any-pointer: coarse)", "mouse or trackpad": "(any-pointer: fine)", "hover": "(any-hover: hover)",
  "dark": "(prefers-color-scheme: dark)", "reduced motion": "(prefers-reduced-motion: reduce)",
  "more contrast": "(prefers-contrast: more)", "forced colours": "(forced-colors: active)",
};
const MODES = ["standalone", "fullscreen", "minimal-ui", "browser"];

function matches(query: string): boolean {
  return matchMedia(query).matches;
}

function yes(answer: boolean): string {
  return answer ? "yes" : "no";
}

/** What changes seldom. The last two need asking. */
export async function deviceFacts(version: string): Promise<Facts> {
  const { userAgent, platform, maxTouchPoints, languages } = navigator;
  return {
    "ide": version,
    "user agent": userAgent,
    "platform": `${platform}, ${maxTouchPoints} touch points, ${languages.join(" ")}`,
    "screen": `${screen.width} × ${screen.height}, ${devicePixelRatio} pixels a point`,
    "display mode": MODES.find((mode) => matches(`(display-mode: ${mode})`)) ?? "unknown",
    "secure context": yes(isSecureContext),
    "clipboard": navigator.clipboard ? `write ${typeof navigator.clipboard.writeText}, read ${typeof navigator.clipboard.readText}` : "none",
    ...Object.fromEntries(Object.entries(QUERIES).map(([name, query]) => [name, yes(matches(query))])),
    "service worker": await workerState(),
    "storage kept": navigator.storage?.persisted ? yes(await navigator.storage.persisted()) : "unknown",
  };
}

async function workerState(): Promise<string> {
  if (!("serviceWorker" in navigator)) return "not available";
  try {
    const found = await navigator.serviceWorker.getRegistration();
    if (!found) return "none registered";
    const state = (found.active ?? found.waiting ?? found.installing)?.state ?? "unknown";
    return `${state}, ${navigator.serviceWorker.controller ? "answers" : "does not answer"} for this page`;
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** The room of the page as it is now, in CSS pixels. */
export function viewportFacts(): Facts {
  const seen = visualViewport;
  const size = (width: number, height: number): string => `${Math.round(width)} × ${Math.round(height)}`;
  return {
    "window": `inner ${size(innerWidth, innerHeight)}, outer ${size(outerWidth, outerHeight)}`,
    "visual viewport": seen ? `${size(seen.width, seen.height)} at ${Math.round(seen.offsetLeft)}, ${Math.round(seen.offsetTop)}, scale ${seen.scale.toFixed(2)}` : "none",
    "page scrolled": `${Math.round(scrollX)}, ${Math.round(scrollY)}`,
    "dvh, svh, lvh": ["100dvh", "100svh", "100lvh"].map((height) => Math.round(measured("height", height))).join(", "),
    "safe area": ["top", "right", "bottom", "left"].map((side) => `${side} ${Math.round(measured("height", `env(safe-area-inset-${side}, 0px)`))}`).join(", "),
    "orientation": screen.orientation?.type ?? "unknown",
    "focus": document.activeElement?.id || document.activeElement?.tagName.toLowerCase() || "none",
  };
}

/** What a length of the style sheet comes to. */
function measured(property: "height", value: string): number {
  const probe = document.createElement("div");
  probe.style.cssText = `position:fixed;visibility:hidden;${property}:${value}`;
  document.body.append(probe);
  const { height } = probe.getBoundingClientRect();
  probe.remove();
  return height;
}
