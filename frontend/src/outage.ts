/** What the person is told while the link is down, and from when on: a short cut is not mentioned. */

import { signal, type Signal } from "@preact/signals";
import { timeOfDay } from "./core/ending";

export type LinkStatus = "connecting" | "connected" | "reconnecting" | "offline";

export interface Diagnosis {
  /** What is wrong and what to do, for the person. */
  readonly reason: string;
}

export const BLOCKED: Diagnosis = {
  reason:
    "WebSockets are blocked on the way. Let the proxy, filter or VPN pass them for this address, " +
    "or use another network. Programs go on.",
};

const SHOW_AFTER_MS = 1500;
const OFFLINE_AFTER_MS = 20_000;

export class Outage {
  readonly status: Signal<LinkStatus> = signal("connecting");
  /** What the person should know when the status is not "connected". */
  readonly reason: Signal<string> = signal("");
  #since: number | null = null;
  #diagnosis: Diagnosis | null = null;
  #goodbye = false;
  #showing: ReturnType<typeof setTimeout> | undefined;

  /** The link is gone, or not there yet. */
  began(): void {
    if (this.#since !== null) return;
    this.#since = Date.now();
    this.#showing = setTimeout(() => this.look(), SHOW_AFTER_MS);
  }

  /** The server said that it goes: it restarts, or was stopped. */
  goodbye(): void {
    this.#goodbye = true;
  }

  /** The server has spoken. */
  over(): void {
    this.#since = null;
    this.#goodbye = false;
    this.#diagnosis = null;
    this.stop();
    this.status.value = "connected";
    this.reason.value = "";
  }

  /** Say this when it is time to; null when nobody knows what is wrong. */
  because(diagnosis: Diagnosis | null): void {
    this.#diagnosis = diagnosis;
  }

  /** Say what there is to say by now. */
  look(): void {
    const since = this.#since;
    if (since === null || Date.now() - since < SHOW_AFTER_MS) return;
    const clock = timeOfDay(since / 1000);
    if (globalThis.navigator?.onLine === false) {
      this.#offline(`This device is offline since ${clock}. Your text is kept; programs go on.`);
    } else if (this.#diagnosis) {
      this.#offline(this.#diagnosis.reason);
    } else if (Date.now() - since > OFFLINE_AFTER_MS) {
      this.#offline(
        this.#goodbye
          ? `The server was stopped at ${clock}. Your text is kept; programs go on unless they were stopped too.`
          : `The server has not answered since ${clock}. Your text is kept; programs go on as long as its machine does.`,
      );
    } else {
      this.status.value = "reconnecting";
    }
  }

  #offline(reason: string): void {
    this.status.value = "offline";
    this.reason.value = reason;
  }

  /** Look by oneself no more. */
  stop(): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
  }
}
