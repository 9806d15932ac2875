/** The whole output of a console, over its terminal: rows that scroll, where one is, and what can be done with it. */

import { useSignal } from "@preact/signals";
import ellipsis from "lucide:ellipsis";
import x from "lucide:x";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { moment } from "../core/ending";
import { shownTitle } from "../core/naming";
import { ofLimit } from "../core/sizes";
import { keepFocus } from "../console/active";
import { consoleById } from "../console/store";
import { IconButton } from "../shell/icon";
import { codeFamily, terminalLetters } from "../shell/letters";
import { openMenu } from "../shell/overlays";
import { CommandBar } from "./command_bar";
import { selectedText } from "./copy";
import type { OutputModel } from "./model";
import { moreEntries } from "./more";
import { goToEntries } from "./go_to";
import { SearchPanel } from "./search";

export function OutputView({ model }: { model: OutputModel }) {
  const room = useRef<HTMLElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { scroller, consoleId } = model;
  const info = consoleById(consoleId);
  const name = info ? shownTitle(info) : "the console";
  const title = `Output of ${name}`;
  useLayoutEffect(() => {
    const host = room.current?.parentElement?.querySelector<HTMLElement>(".console-host");
    if (host) host.inert = true;
    if (box.current) scroller.start(box.current, model.takeWanted());
    scroller.focus();
    const step = (event: Event): void => void model.step((event as CustomEvent<number>).detail < 0);
    room.current?.addEventListener("command", step); // the page's keys for it, in a console
    const stopFollowing = model.follow();
    return () => {
      stopFollowing();
      room.current?.removeEventListener("command", step);
      scroller.stop();
      if (host) host.inert = false;
    };
  }, [model]);
  const px = terminalLetters.px;
  useEffect(() => scroller.reflow(), [px]);
  return (
    <section ref={room} class="output-view" role="region" aria-label={title} onKeyDown={(event) => key(event, model)} onCopy={copySelection}>
      <header onMouseDown={keepFocus}>
        <h2><span class="output-of">Output of </span>{name}</h2>
        <button type="button" aria-expanded={model.searching.value} onClick={() => (model.searching.value ? model.endSearch() : (model.searching.value = true))}>Search</button>
        <button type="button" onClick={({ currentTarget }) => openMenu(currentTarget, "Go to", goToEntries(model))}>Go to</button>
        <IconButton icon={ellipsis} label="More actions for this output" onClick={({ currentTarget }) => openMenu(currentTarget, "Output", moreEntries(model))} />
        <IconButton icon={x} label="Back to the console" onClick={() => model.close()} />
      </header>
      {model.searching.value && <SearchPanel model={model} />}
      <CommandBar model={model} />
      <Trouble model={model} />
      <div ref={box} class="output-box" tabIndex={0} role="log" aria-live="off" aria-label={`Lines of ${title.toLowerCase()}`} style={{ fontFamily: codeFamily(), fontSize: `${px}px` }} />
      <Where model={model} />
    </section>
  );
}

function Trouble({ model: { scroller } }: { model: OutputModel }) {
  const trouble = scroller.trouble.value;
  if (trouble === null) return null;
  return (
    <p class="console-note bad" role="alert">
      {trouble instanceof Error ? trouble.message : "This output could not be read."}
      <button type="button" onClick={() => void scroller.retry()}>Try again</button>
    </p>
  );
}

/** Where one is: time and place; and the way to the end. */
function Where({ model: { scroller, consoleId } }: { model: OutputModel }) {
  const { first, end } = scroller.log.value;
  const sight = scroller.sight.value;
  const info = consoleById(consoleId);
  const said = useSignal("");
  if (sight) {
    const share = end > first ? Math.min(100, Math.round(((sight.end - first) / (end - first)) * 100)) : 100;
    const when = sight.at === null ? "" : ` · about ${moment(sight.at)}`;
    said.value = end === first ? "Nothing was printed yet" : `${ofLimit(sight.end - first, end - first)} (${share} %)${when} · byte ${sight.first.toLocaleString("en")}`;
  }
  const memory = info?.never_record ? " · in memory alone: this console is never recorded" : "";
  return (
    <footer>
      <p role="status" aria-label="Place">{said.value}{memory}</p>
      {scroller.following.value
        ? info?.state === "running" && <span class="output-follows">Follows</span>
        : <button type="button" onClick={() => void scroller.toEnd()}>To the end</button>}
    </footer>
  );
}

/** What is selected, as the lines have it. */
function copySelection(event: ClipboardEvent): void {
  const text = selectedText();
  if (!text) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
}

/** Home and End are the log's; a scrolled box would fly there over all that lies between. */
function key(event: KeyboardEvent, model: OutputModel): void {
  const field = (event.target as Element).closest("input, textarea");
  if (event.key === "Escape") model.searching.peek() ? model.endSearch() : model.close();
  else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey) && !event.altKey) model.searching.value = true;
  else if (event.key === "Home" && !field) void model.scroller.to(0);
  else if (event.key === "End" && !field) void model.scroller.toEnd();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
