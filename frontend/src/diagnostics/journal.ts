/** Lines with their time, newest first, bounded: what happened on this device. Knows no document. */

const MOST_LINES = 300;
const MOST_CHARS = 300;

export class Journal {
  #lines: string[] = [];

  constructor(
    private readonly clock: () => Date = () => new Date(),
    private readonly changed: (text: string) => void = () => undefined,
  ) {}

  add(text: string): void {
    const time = this.clock().toISOString().slice(11, 23);
    this.#lines = [`${time} ${text.slice(0, MOST_CHARS)}`, ...this.#lines].slice(0, MOST_LINES);
    this.changed(this.text);
  }

  clear(): void {
    this.#lines = [];
    this.changed("");
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}

export type Facts = Readonly<Record<string, string>>;

/** The report as plain text: facts by section, then what happened. */
export function reportOf(title: string, facts: Readonly<Record<string, Facts>>, logs: Readonly<Record<string, string>>): string {
  const told = Object.entries(facts).map(([name, said]) => [`## ${name}`, ...Object.entries(said).map(([word, text]) => `${word}: ${text}`)].join("\n"));
  const logged = Object.entries(logs).map(([name, text]) => `## ${name}\n${text || "nothing yet"}`);
  return [title, ...told, ...logged].join("\n\n").concat("\n");
}
