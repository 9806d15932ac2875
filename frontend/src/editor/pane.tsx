/** What stands under an editor tab: the text, a picture, or why there is no text. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isRunnable, nameOf } from "../core/refs";
import { size as amountOf } from "../core/sizes";
import { downloadUrl } from "../files/content";
import { mayTakeFocus } from "../shell/focus";
import { placeOf, notePlace } from "../shell/layout";
import { say, sayError } from "../shell/notices";
import { runSelection } from "../shell/on_demand";
import { single } from "../shell/screen";
import { startWorkspace } from "../workspace/start";
import { Banner } from "./banner";
import type { Buffer } from "./buffer";
import { bufferOf } from "./buffers";
import { activeView, cursor, forgetView, type LiveView, keepView, viewOf } from "./views";

interface EditorPaneProps {
  fileRef: string;
  visible: boolean;
  focused: boolean;
}

export function EditorPane({ fileRef, visible, focused }: EditorPaneProps) {
  const buffer = bufferOf(fileRef);
  const shown = buffer.shown.value;
  /** What had the keys when the file was asked for: whoever goes on before its text is here keeps them. */
  const asked = useRef<Element | null>(null);
  useEffect(() => {
    asked.current = document.activeElement;
  }, [visible, focused]);
  return (
    <div class="file-pane" data-file={fileRef}>
      <Banner buffer={buffer} />
      {shown.kind === "loading" && <div class="skeleton" aria-label={`Opening ${buffer.name}`} role="img" />}
      {shown.kind === "text" && <TextPane buffer={buffer} visible={visible} focused={focused} asked={asked} />}
      {shown.kind === "image" && <div class="picture"><img src={shown.url} alt={buffer.name} /></div>}
      {(shown.kind === "binary" || shown.kind === "large") && <NoText fileRef={fileRef} kind={shown.kind} size={shown.size} />}
      {shown.kind === "error" && (
        <div class="empty">
          <p>{shown.message}</p>
          <div class="empty-buttons">
            {shown.stopped
              ? <button type="button" class="primary" onClick={() => void startWorkspace().then(() => buffer.load(), sayError)}>Start the workspace</button>
              : <button type="button" class="primary" onClick={() => void buffer.load()}>Try again</button>}
          </div>
        </div>
      )}
    </div>
  );
}

function NoText({ fileRef, kind, size }: { fileRef: string; kind: "binary" | "large"; size: number }) {
  const why = kind === "binary" ? "is not text in UTF-8, so it is not shown here" : "is too large to edit here";
  return (
    <div class="empty">
      <p>{nameOf(fileRef)} {why} ({amountOf(size)}). It is left as it is.</p>
      <div class="empty-buttons"><a class="button primary" href={downloadUrl(fileRef)} download>Download</a></div>
    </div>
  );
}

/** Holds the widget, which outlives this component when its tab moves to another pane. */
function TextPane({ buffer, visible, focused, asked }: { buffer: Buffer; visible: boolean; focused: boolean; asked: { readonly current: Element | null } }) {
  const host = useRef<HTMLDivElement>(null);
  const live = useRef<LiveView | null>(null);
  const wanted = useRef({ visible, focused });
  wanted.current = { visible, focused };
  useEffect(() => {
    let gone = false;
    const before = asked.current ?? document.activeElement; // a text that was here already comes before its pane's effect
    openView(buffer)
      .then((view) => {
        if (gone || !host.current) return;
        live.current = view;
        host.current.replaceChildren(view.dom);
        view.shown();
        const { activeElement, body } = document; // whoever went on meanwhile is not called back
        if (wanted.current.visible && wanted.current.focused && [before, body].includes(activeElement) && mayTakeFocus(host.current)) view.focus();
      })
      .catch((error: unknown) => say(`The editor could not be loaded. Reload the page. (${String(error)})`, "bad"));
    return () => {
      gone = true;
      live.current?.dom.remove();
    };
  }, [buffer]);
  useEffect(() => {
    if (visible) live.current?.shown();
    if (visible && focused && mayTakeFocus(host.current)) live.current?.focus();
  }, [visible, focused]);
  return <div ref={host} class="text-host" />;
}

async function openView(buffer: Buffer): Promise<LiveView> {
  const known = viewOf(buffer);
  if (known) return known;
  const { CodeView } = await import("./view");
  const again = viewOf(buffer);
  if (again) return again;
  const view = new CodeView({
    buffer,
    place: placeOf(buffer.ref),
    onPlace: (place) => notePlace(buffer.ref, place),
    onCursor: (at) => (cursor.value = { ref: buffer.ref, ...at }),
    onFocus: () => (activeView.value = view),
    onRun: () => {
      if (isRunnable(buffer.ref)) runSelection();
      return isRunnable(buffer.ref);
    },
    isThumbs: () => single.peek(),
  });
  const stopComparing = effect(() => {
    const theirs = buffer.comparing.value;
    view.compare(theirs).catch(sayError);
  });
  keepView(buffer, view, () => { stopComparing(); view.stop(); forgetView(buffer); });
  return view;
}
