/** The link of this page, and signing in again when the login has ended. */

import { askToSignIn } from "./account/sign_in";
import { address, api, onSignedOut } from "./api";
import { boot } from "./boot";
import { ApiError, send } from "./http";
import { BLOCKED, type Diagnosis, Link } from "./link";

/** Why upgrades fail: blocked on the way where pages load, else nothing known. */
async function diagnose(): Promise<Diagnosis | null> {
  try {
    await send("GET", address("me"), boot.csrf);
    return BLOCKED;
  } catch (error) {
    return error instanceof ApiError && error.status > 0 ? { reason: error.message } : null;
  }
}

function linkUrl(): string {
  const url = new URL(address("link"), location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("workspace", boot.workspace.id);
  return url.href;
}

export const link = new Link({
  url: linkUrl(),
  diagnose,
  signIn: async () => void (await api.get("me")), // opens the sign-in dialog when it must
});

onSignedOut(async () => {
  await askToSignIn();
  link.wake();
});
