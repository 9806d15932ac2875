/** The page starts when it is styled: colours, fonts and sizes are read from the stylesheet's tokens. */

/**
 * Resolves once the tokens can be read. WebKit runs a module script without waiting for the
 * stylesheet before it. Rejects with what to do when the stylesheet cannot be loaded.
 */
export function styled(page: Document): Promise<void> {
  const sheet = page.querySelector("link[rel=stylesheet]");
  if (!sheet) return Promise.reject(new Error("This page came without its stylesheet. Reload it."));
  if (isStyled(page)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    sheet.addEventListener("load", () => resolve(), { once: true });
    sheet.addEventListener("error", () => reject(new Error("The page's stylesheet did not load. Reload the page.")), { once: true });
  });
}

function isStyled(page: Document): boolean {
  return getComputedStyle(page.documentElement).getPropertyValue("--bg") !== "";
}
