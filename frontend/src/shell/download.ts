/** Let the browser fetch an address to the person's own disk, under the name that the answer gives. */
export function download(url: string): void {
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = "";
  anchor.click();
}
