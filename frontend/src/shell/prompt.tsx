/** A dialog that asks for one line of text. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { DialogBody, openDialog } from "./overlays";
import { setTypingAids } from "./typing_aids";

interface Question {
  readonly title: string;
  readonly label: string;
  readonly value: string;
  readonly button: string;
  /** How much of the value is selected at first, in characters. */
  readonly selected?: number;
  /** A sentence when the text will not do, else null. */
  check(text: string): string | null;
}

/** Ask for one line of text; null when the person turned away. */
export function prompt(question: Question): Promise<string | null> {
  return openDialog<string>(question.title, (close) => <PromptBody {...question} close={close} />);
}

function PromptBody({ title, label, value, button, selected = value.length, check, close }: Question & { close(text: string | null): void }) {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState("");
  useLayoutEffect(() => {
    if (input.current) setTypingAids(input.current, false);
    input.current?.setSelectionRange(0, selected);
  }, []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = input.current?.value ?? "";
    const refused = check(text);
    if (refused) setWrong(refused);
    else close(text);
  };
  return (
    <DialogBody title={title}>
      <form onSubmit={submit} novalidate>
        <label>
          {label}
          <input ref={input} type="text" autocomplete="off" enterkeyhint="done" defaultValue={value} />
        </label>
        <p class="error" role="alert">{wrong}</p>
        <div class="dialog-buttons">
          <button type="submit" class="primary">{button}</button>
          <button type="button" onClick={() => close(null)}>Cancel</button>
        </div>
      </form>
    </DialogBody>
  );
}
