/** The link of this page, and signing in again when the login has ended. */

import { askToSignIn } from "./account/sign_in";
import { onSignedOut } from "./api";
import { makeLink } from "./connect";

export const link = makeLink();

onSignedOut(async () => {
  await askToSignIn();
  link.wake();
});
