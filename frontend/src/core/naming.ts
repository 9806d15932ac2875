/** What a console is called on the page, and what its tab says when asked. */

export interface Named {
  readonly title: string;
  readonly named?: boolean;
  readonly program_title?: string;
  readonly cwd: string;
}

const HOME = "/home/user";

/** A name given by hand wins; else the program's own title; else the one it began with. */
export function shownTitle({ title, named, program_title }: Named): string {
  return (!named && program_title) || title;
}

/** A folder with `~` for the home folder, safe to show: what turns or hides text is left out. */
export function shownFolder(cwd: string): string {
  const short = cwd === HOME || cwd.startsWith(`${HOME}/`) ? `~${cwd.slice(HOME.length)}` : cwd;
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");
}

/** The tooltip of a tab: all its names, its state in words, its folder. */
export function tabTooltip(console: Named, words: readonly string[]): string {
  const shown = shownTitle(console);
  const also = shown === console.title ? "" : ` (${console.title})`;
  return `${shown}${also}: ${[...words, shownFolder(console.cwd)].join(" · ")}`;
}
