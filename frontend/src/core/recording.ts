/** Words for how much of a console's output is kept, and for what is not. */

import { ofLimit, size } from "./sizes";

export interface Recorded {
  readonly recording: boolean;
  /** Bytes since the log began; seconds since the epoch. A keeper older than the page says none of these. */
  readonly unrecorded?: { readonly from: number; readonly at: number; readonly why: string } | null;
  readonly log_disk_bytes?: number;
  readonly log_cap_bytes?: number;
  readonly log_oldest?: number;
  readonly never_record?: boolean;
}

/** Something lasting that a person should know of a console's output: in a few words, and why. */
export interface HistorySign {
  readonly what: "never" | "partial" | "dropped";
  readonly words: string;
  readonly why: string;
}

/** What is not kept of a console's output. `engine` is WELCOME's, `clock` says a time of day. */
export function historySigns(console: Recorded, engine: string, clock: (seconds: number) => string): HistorySign[] {
  const { log_oldest: oldest = 0, log_cap_bytes: onDisk, never_record: never } = console;
  const cap = never ? undefined : onDisk;
  const signs: HistorySign[] = [];
  if (never) signs.push({ what: "never", words: "Never recorded", why: neverSentence(console, clock) });
  if (engine === "log") {
    signs.push({
      what: "partial",
      words: "Partial history",
      why:
        "The same output crashed the screen engine twice, so this console goes on without it: a page that comes " +
        "back is shown only the newest output, as it was printed. The program is not affected.",
    });
  }
  if (oldest > 0) {
    signs.push({
      what: "dropped",
      words: `The first ${size(oldest)} are gone`,
      why: `The newest output is kept${cap === undefined ? "" : `, up to ${size(cap)} compressed`}; the oldest goes first.`,
    });
  }
  return signs;
}

function neverSentence({ unrecorded }: Recorded, clock: (seconds: number) => string): string {
  const since = unrecorded && unrecorded.from > 0 ? `Since ${clock(unrecorded.at)} nothing` : "Nothing";
  return `${since} that it prints is written to the disk. The newest 4\u00a0MiB of it stay in memory, for the screen and for downloading, until the server or this console's keeper ends.`;
}

const REASONS: Record<string, string> = {
  disk: "the disk is full. The program goes on; free some space to keep what it prints",
  low: "too little is free on the disk. The program goes on; free some space to keep what it prints",
  folder: "the folder with it was removed. The program goes on",
  never: "this console is never recorded",
};

/** "Since 12:31 (byte 4,194,304) output is not recorded: the disk is full. …" `clock` says a time of day. */
export function unrecordedSentence({ unrecorded }: Recorded, clock: (seconds: number) => string): string {
  if (!unrecorded) return "Output is not recorded. The program goes on.";
  const reason = REASONS[unrecorded.why] ?? "it cannot be written. The program goes on";
  return `Since ${clock(unrecorded.at)} (byte ${unrecorded.from.toLocaleString("en")}) output is not recorded: ${reason}.`;
}

/** "Output on disk: 12 of 256 MiB", and how much was dropped; "" when the keeper does not say. */
export function keptSentence({ log_disk_bytes: bytes, log_cap_bytes: cap, log_oldest: oldest }: Recorded): string {
  if (bytes === undefined || cap === undefined) return "";
  const dropped = oldest ? `, the first ${size(oldest)} are gone` : "";
  return `Output on disk: ${ofLimit(bytes, cap)}${dropped}`;
}

/** "All output on disk: 0.3 of 1.0 GiB". */
export function keptTogether({ disk_bytes: bytes, cap_bytes: cap }: { disk_bytes: number; cap_bytes: number }): string {
  return `All output on disk: ${ofLimit(bytes, cap)}`;
}
