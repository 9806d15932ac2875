/** The letters of the terminals, from the page's tokens. */

export function codeFamily(): string {
  return token("--code");
}

export function baseFontPx(): number {
  return Number.parseFloat(token("--code-size")) || 15;
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
