/** What a search in files found, and the words for it. */

export interface FoundLine {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 0, in UTF-16 units. */
  readonly column: number;
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

export interface FoundFile {
  readonly ref: string;
  readonly lines: readonly FoundLine[];
  /** Lines besides those. */
  readonly more: number;
}

export interface Found {
  readonly files: readonly FoundFile[];
  readonly end: "all" | "lines" | "time";
  /** Files that are too large to be opened here. */
  readonly skipped: number;
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

export function countWords({ files, end, skipped }: Found): string {
  const lines = files.reduce((sum, file) => sum + file.lines.length + file.more, 0);
  const said = lines === 0 ? "Nothing found" : `${counted(lines, "line")} in ${counted(files.length, "file")}`;
  const why = { all: "", lines: "; there are more: a search ends after so many", time: "; it took too long and was ended: not all was searched" }[end];
  return `${said}${why}${skipped > 0 ? `; ${counted(skipped, "file")} too large to search` : ""}`;
}
