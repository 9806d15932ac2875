/** Words for how much of a console's output is kept, and for when it is not. */

export interface Recorded {
  readonly recording: boolean;
  /** Bytes since the log began; seconds since the epoch. A keeper older than the page says none of these. */
  readonly unrecorded?: { readonly from: number; readonly at: number; readonly why: string } | null;
  readonly log_disk_bytes?: number;
  readonly log_cap_bytes?: number;
  readonly log_oldest?: number;
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

/** "Output on disk: 12 of 256 MB", and that the oldest was dropped; "" when the keeper does not say. */
export function keptSentence({ log_disk_bytes: bytes, log_cap_bytes: cap, log_oldest: oldest }: Recorded): string {
  if (bytes === undefined || cap === undefined) return "";
  const dropped = (oldest ?? 0) > 0 ? ", the oldest is gone" : "";
  return `Output on disk: ${megabytes(bytes)} of ${megabytes(cap)} MB${dropped}`;
}

/** "All output on disk: 300 of 1024 MB". */
export function keptTogether({ disk_bytes: bytes, cap_bytes: cap }: { disk_bytes: number; cap_bytes: number }): string {
  return `All output on disk: ${megabytes(bytes)} of ${megabytes(cap)} MB`;
}

function megabytes(bytes: number): string {
  const whole = bytes / 2 ** 20;
  return whole === 0 || whole >= 10 ? whole.toFixed(0) : whole < 0.1 ? "< 0.1" : whole.toFixed(1);
}
