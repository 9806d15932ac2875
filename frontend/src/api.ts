/** The JSON API below `<base>api/v1/`. When the login has ended, sign-in opens over the page and the
 * request is sent once more; nothing typed is lost. After a sign-in in another tab it is sent with the
 * token of that login. */

import { type Boot, boot } from "./boot";
import { ApiError, reach, refusal, send } from "./http";

export { ApiError } from "./http";

/** Asks the person to sign in; resolves when they have. Set once, by the account room. */
let signIn: (() => Promise<void>) | null = null;

export function onSignedOut(ask: () => Promise<void>): void {
  signIn = ask;
}

/** The address of an API path, for links and requests that need more than JSON. */
export function address(path: string): string {
  return `${boot.base}api/v1/${path}`;
}

/** The API path of something in this page's workspace. */
export function inWorkspace(path: string): string {
  return `workspaces/${boot.workspace.id}/${path}`;
}

async function again<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401 && signIn) await signIn();
    else if (error.detail["reload"] !== true || !(await renewToken())) throw error;
    return attempt();
  }
}

function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  return again(() => send<T>(method, address(path), boot.csrf, body));
}

/** Take over the token of the login that this browser has now: another tab may have signed in anew.
 * Whether it is one of the same person; throws ApiError when there is none. */
export async function renewToken(): Promise<boolean> {
  const { user, csrf } = await send<Pick<Boot, "user" | "csrf">>("GET", address("me"), "");
  if (user.name !== boot.user.name) return false;
  boot.csrf = csrf;
  return true;
}

export const api = {
  get: <T>(path: string): Promise<T> => json<T>("GET", path),
  post: <T>(path: string, body: unknown = {}): Promise<T> => json<T>("POST", path, body),
  put: <T>(path: string, body: unknown): Promise<T> => json<T>("PUT", path, body),
  patch: <T>(path: string, body: unknown): Promise<T> => json<T>("PATCH", path, body),
  delete: <T>(path: string): Promise<T> => json<T>("DELETE", path),

  /** A request that is not JSON; the answer as it came. Throws ApiError unless it is a success. */
  raw: (path: string, init: RequestInit): Promise<Response> =>
    again(async () => {
      const headers = new Headers(init.headers);
      if (init.method && init.method !== "GET" && init.method !== "HEAD") headers.set("X-CSRF-Token", boot.csrf);
      const response = await reach(address(path), { ...init, headers });
      if (!response.ok) throw await refusal(response);
      return response;
    }),
};
