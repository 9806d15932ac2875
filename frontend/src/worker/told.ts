/** What a push says, as the notification that the system shows. Knows no worker. */

/** As the server encrypted it for this browser. */
export interface Told {
  readonly tag: string;
  readonly title: string;
  readonly text: string;
  /** Where the page is to open, as `#console=…`; empty: as it is. */
  readonly hash: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** What a push says; one that cannot be read is shown all the same: a browser takes the right to pushes from who shows nothing. */
export function readTold(text: string | undefined): Told {
  const said = parsed(text);
  const word = (name: string): string => (typeof said[name] === "string" ? said[name] : "");
  const hash = word("hash");
  return {
    tag: word("tag") || "ide",
    title: word("title") || "ide",
    text: word("text") || (word("title") ? "" : "There is something new."),
    hash: hash.startsWith("#") ? hash : "",
    at: typeof said["at"] === "number" ? said["at"] : Date.now() / 1000,
  };
}

/** With the same tag a second one takes the place of the first, and makes no second sound. */
export function notificationOf(told: Told, icon: string): NotificationOptions & { timestamp: number } {
  return { body: told.text, tag: told.tag, icon, timestamp: told.at * 1000, data: { hash: told.hash } };
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
