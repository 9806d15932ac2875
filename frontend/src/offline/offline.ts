/** The page that the service worker shows while the server is out of reach: says so, tries again, and goes when it answers. */

export {};

const FIRST_TRY_MS = 2000;
const LONGEST_TRY_MS = 15_000;
const ANSWER_MS = 10_000;

const said = document.getElementById("said");
const button = document.getElementById("again");
const { health = "healthz", home = "./" } = document.body.dataset;

let wait = FIRST_TRY_MS;
let timer: ReturnType<typeof setTimeout> | undefined;
let trying = false;

/** Ask once; reload as soon as somebody answers. While the page is in the background nobody is asked. */
async function tryAgain(): Promise<void> {
  clearTimeout(timer);
  if (trying) return;
  trying = true;
  try {
    const answer = await fetch(health, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) {
      if (location.pathname.endsWith("/offline")) location.replace(home); // somebody typed it
      else location.reload();
      return;
    }
  } catch {
    // said below
  } finally {
    trying = false;
  }
  say();
  if (document.visibilityState === "visible") timer = setTimeout(() => void tryAgain(), wait);
  wait = Math.min(2 * wait, LONGEST_TRY_MS);
}

function say(): void {
  if (!said) return;
  const clock = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  said.textContent = navigator.onLine ? `The server did not answer at ${clock}.` : `This device is offline (${clock}).`;
}

function now(): void {
  wait = FIRST_TRY_MS;
  void tryAgain();
}

say();
button?.addEventListener("click", now);
addEventListener("online", now);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") now();
});
timer = setTimeout(() => void tryAgain(), wait);
