/** Uploads: one after another, streamed by the browser, each with its progress and a way to stop it. */

import { address, api, renewToken } from "../api";
import { boot } from "../boot";
import { join, nameOf } from "../core/refs";
import { say } from "../shell/notices";
import { ask } from "../shell/overlays";
import { contentPath, etagNow } from "./content";
import { type Transfer, transfers } from "./transfers";
import { treeChanged } from "./tree";

type Outcome = { readonly status: number; readonly message: string };

let lastId = 0;
let queue: Promise<void> = Promise.resolve();

/** Upload files into a folder. Files that are there already are asked about. */
export function upload(folder: string, files: readonly File[]): void {
  for (const file of files) {
    lastId += 1;
    const id = lastId;
    let cancelled = false;
    const cancel = (): void => {
      cancelled = true;
      drop(id);
    };
    transfers.value = [...transfers.value, { id, name: file.name, sent: 0, total: file.size, cancel }];
    queue = queue.then(async () => {
      if (!cancelled) await one(id, join(folder, file.name), file);
      drop(id);
    });
  }
}

function drop(id: number): void {
  transfers.value = transfers.value.filter((transfer) => transfer.id !== id);
}

function change(id: number, part: Partial<Transfer>): void {
  transfers.value = transfers.value.map((transfer) => (transfer.id === id ? { ...transfer, ...part } : transfer));
}

async function one(id: number, ref: string, file: File): Promise<void> {
  let outcome = await put(id, ref, file, { "If-None-Match": "*" });
  if (outcome?.status === 401 || outcome?.status === 403) {
    await api.get("me").then(renewToken).catch(() => undefined); // opens sign-in over the page
    outcome = await put(id, ref, file, { "If-None-Match": "*" });
  }
  if (outcome?.status === 412 || outcome?.status === 409) {
    if (!(await mayReplace(ref))) return;
    const etag = await etagNow(ref).catch(() => null);
    outcome = await put(id, ref, file, etag === null ? { "If-None-Match": "*" } : { "If-Match": `"${etag}"` });
  }
  if (outcome && outcome.status >= 300) say(`${file.name} was not uploaded. ${outcome.message}`, "bad");
  treeChanged();
}

async function mayReplace(ref: string): Promise<boolean> {
  const name = nameOf(ref);
  const answer = await ask(`Replace ${name}?`, "A file of that name is there already.", [
    { value: "skip", label: "Keep the old one" },
    { value: "replace", label: "Replace it", look: "danger" },
  ]);
  return answer === "replace";
}

/** Null when the person cancelled. Status 0: the server did not answer. */
function put(id: number, ref: string, file: File, headers: Record<string, string>): Promise<Outcome | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address(contentPath(ref)));
    const all = { "X-CSRF-Token": boot.csrf, "Content-Type": "application/octet-stream", ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => change(id, { sent: loaded });
    request.onload = () => resolve({ status: request.status, message: sentence(request.responseText) });
    request.onerror = () => resolve({ status: 500, message: "The connection broke. Upload it again." });
    request.onabort = () => resolve(null);
    change(id, { cancel: () => { request.abort(); drop(id); } });
    request.send(file);
  });
}

function sentence(body: string): string {
  try {
    return (JSON.parse(body) as { error: { message: string } }).error.message;
  } catch {
    return "The server refused it.";
  }
}
