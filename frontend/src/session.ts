/** The link of this page, and signing in again when the login has ended. */

import { onSignedOut } from "./api";
import { makeLink } from "./connect";

export const link = makeLink();

onSignedOut(async () => {
  await (await import("./later")).askToSignIn();
  link.wake();
});
