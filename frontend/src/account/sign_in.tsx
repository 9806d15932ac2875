/** Sign-in over the page: what is typed in editors and consoles stays where it is. */

import { useEffect, useState } from "preact/hooks";
import { address, renewToken } from "../api";
import { boot } from "../boot";
import { send } from "../http";
import { DialogBody, openDialog } from "../shell/overlays";

let asking: Promise<void> | null = null;

/** Ask the person to sign in. Many requests at once ask once. Rejects never: the dialog stays until it
 * worked, or the page is left. */
export function askToSignIn(): Promise<void> {
  asking ??= openDialog<true>("Sign in", (close) => <SignIn done={() => close(true)} />, { dismissable: false }).then(() => {
    asking = null;
  });
  return asking;
}

function SignIn({ done }: { done: () => void }) {
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // Where another tab has signed in meanwhile, nothing is left to ask.
    const look = (): void => void renewToken().then((found) => found && done(), () => undefined);
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setWrong("");
    enter(String(fields.get("password")))
      .then(done, (error: unknown) => setWrong(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  return (
    <DialogBody title="Sign in">
      <p>Your sign-in has ended. What you typed is still here, and programs go on.</p>
      <form onSubmit={submit}>
        <label>User name<input name="name" type="text" autocomplete="username" value={boot.user.name} readOnly /></label>
        <label>Password<input name="password" type="password" autocomplete="current-password" required autofocus /></label>
        <p class="error" role="alert">{wrong}</p>
        <div class="dialog-buttons">
          <button type="submit" class="primary" disabled={busy}>Sign in</button>
          <a class="button" href={boot.base}>Somebody else</a>
        </div>
      </form>
    </DialogBody>
  );
}

/** The page belongs to one person: its name is not asked again, and the token it got is replaced. */
async function enter(password: string): Promise<void> {
  const { csrf } = await send<{ csrf: string }>("GET", address("login"), "");
  const answer = await send<{ csrf: string }>("POST", address("login"), csrf, { name: boot.user.name, password });
  boot.csrf = answer.csrf;
}
