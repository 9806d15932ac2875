/** Requests to the server: one place that knows what an error looks like. */

/** What the server refused, in its own words. `status` 0: no answer came (offline). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly detail: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

const TIME_LIMIT_MS = 30_000;

/** Turn an answer that is not a success into an ApiError. */
export async function refusal(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status}. Try again; if it stays so, reload the page.`;
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; detail?: Record<string, unknown> } };
    return new ApiError(response.status, error.code, error.message, error.detail ?? {});
  } catch {
    return new ApiError(response.status, "internal", fallback);
  }
}

/** fetch, with "no answer" as an ApiError of status 0. */
export function reach(url: string, init: RequestInit): Promise<Response> {
  return whole(fetch(url, { signal: AbortSignal.timeout(TIME_LIMIT_MS), credentials: "same-origin", ...init }));
}

/** What is read from the network; an answer that breaks off on the way is "no answer" too. */
export async function whole<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", "The server does not answer. Your text is kept.");
  }
}

/** One JSON request. Throws ApiError. */
export async function send<T>(method: string, url: string, csrf: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await reach(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  if (!response.ok) throw await refusal(response);
  const text = await whole(response.text());
  return (text ? JSON.parse(text) : undefined) as T;
}
