/** Looks that a chunk brings along. Apart from what the page's start needs: shared with it, this would be a request of its own. */

/** Add the looks that a chunk brings along; once, as it is loaded. */
export function wear(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
