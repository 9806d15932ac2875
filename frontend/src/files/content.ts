/** Content of files and drafts over HTTP. A ref goes into the query as it is: it is encoded already. */

import { address, api, inWorkspace } from "../api";
import { ApiError, whole } from "../http";
import type { Draft } from "../core/saving";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** What can be edited: MAX_EDITABLE_BYTES of ide/wire/limits.py, from where on the server says too large. */
export const MAX_TEXT_BYTES = 2 * 1024 * 1024;
export const MAX_DRAFT_BYTES = 1024 * 1024;
/** What `fetch` may carry after the page has gone. */
const MAX_KEEPALIVE_BYTES = 60 * 1024;

export type Content =
  | { readonly kind: "text"; readonly etag: string; readonly text: string }
  | { readonly kind: "image"; readonly etag: string; readonly url: string }
  | { readonly kind: "binary" | "large"; readonly etag: string; readonly size: number };

/** A ref as a query value: what the server wrote stays as it is, anything else is encoded. */
export function query(ref: string): string {
  return `path=${ref.replace(/[^A-Za-z0-9._~/%-]/g, encodeURIComponent)}`;
}

export function contentPath(ref: string): string {
  return inWorkspace(`files/content?${query(ref)}`);
}

export function downloadUrl(ref: string): string {
  return `${address(contentPath(ref))}&download=1`;
}

/** Read a file; null when it is not there. The body of a picture is left to the `<img>`. */
export async function readContent(ref: string): Promise<Content | null> {
  const head = await headOf(ref);
  if (!head) return null;
  const size = Number(head.headers.get("Content-Length") ?? 0);
  const kind = kindOf(head, size);
  const etag = etagOf(head);
  if (kind === "image") return { kind, etag, url: `${address(contentPath(ref))}&v=${etag}` };
  if (kind !== "text") return { kind, etag, size };
  const response = await found(api.raw(contentPath(ref), { method: "GET" }));
  if (!response) return null;
  const bytes = await whole(response.arrayBuffer());
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: "text", etag: etagOf(response), text };
  } catch {
    return { kind: "binary", etag: etagOf(response), size: bytes.byteLength };
  }
}

/** The head of a file. A refusal comes without its words then, and is asked for once more, as a whole. */
async function headOf(ref: string): Promise<Response | null> {
  try {
    return await found(api.raw(contentPath(ref), { method: "HEAD" }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 0) throw error;
    const response = await found(api.raw(contentPath(ref), { method: "GET" }));
    void response?.body?.cancel(); // it is there after all
    return response;
  }
}

/** The file's etag now; null when it is not there. */
export async function etagNow(ref: string): Promise<string | null> {
  const head = await found(api.raw(contentPath(ref), { method: "HEAD" }));
  return head && etagOf(head);
}

/** Write a text over the version `base` (null: only where nothing is). Answers with the new etag. */
export async function writeContent(ref: string, text: string, base: string | null): Promise<string> {
  const condition: Record<string, string> = base === null ? { "If-None-Match": "*" } : { "If-Match": `"${base}"` };
  const response = await api.raw(contentPath(ref), {
    method: "PUT",
    headers: { "Content-Type": "application/octet-stream", ...condition },
    body: new TextEncoder().encode(text),
  });
  return etagOf(response);
}

export async function readDraft(ref: string): Promise<Draft | null> {
  const response = await found(api.raw(draftPath(ref), { method: "GET" }));
  if (!response) return null;
  const { text, base, updated } = (await whole(response.json())) as { text: string; base: string | null; updated: number };
  return { text, base: base || null, at: updated };
}

/** Keep a text on the server. `leaving`: the page goes away and only a small text can be sent. */
export async function writeDraft(ref: string, text: string, base: string | null, leaving = false): Promise<void> {
  const body = JSON.stringify({ text, base: base ?? "" });
  if (leaving && body.length > MAX_KEEPALIVE_BYTES) return;
  await api.raw(draftPath(ref), {
    method: "PUT", keepalive: leaving, headers: { "Content-Type": "application/json" }, body,
  });
}

export async function removeDraft(ref: string): Promise<void> {
  await found(api.raw(draftPath(ref), { method: "DELETE" }));
}

export interface KeptDraft {
  readonly ref: string;
  /** Seconds since the epoch. */
  readonly updated: number;
}

/** All drafts, the newest first. */
export async function listDrafts(): Promise<readonly KeptDraft[]> {
  const { drafts } = await api.get<{ drafts: { path: string; updated: number }[] }>(inWorkspace("drafts"));
  return drafts.map(({ path, updated }) => ({ ref: path, updated }));
}

function draftPath(ref: string): string {
  return inWorkspace(`drafts/content?${query(ref)}`);
}

/** Whether a refusal means that the workspace was stopped, and is not started for who only looks. */
export function isOfStopped(error: unknown): boolean {
  return error instanceof ApiError && error.code === "stopped";
}

/** The answer, or null where the server says that there is no such thing. */
async function found(request: Promise<Response>): Promise<Response | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Proxies that compress mark an etag as weak and put quotes around it; ours is the bare hash. */
function etagOf(response: Response): string {
  return (response.headers.get("ETag") ?? "").replace(/^W\//, "").replaceAll('"', "");
}

function kindOf(response: Response, size: number): Content["kind"] {
  if (response.headers.get("X-File-Content") === "too_large") return "large";
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0]?.trim() ?? "";
  if (PICTURES.includes(type)) return "image";
  if (!type.startsWith("text/")) return "binary";
  return size > MAX_TEXT_BYTES ? "large" : "text";
}
