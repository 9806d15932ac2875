/** What runs in the workspace, looked up every two seconds while it is shown, with End and Kill for each. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, inWorkspace } from "../api";
import { consoleById } from "../console/index";
import { shownTitle } from "../core/naming";
import { ageOf, commandOf, cpuOf, memoryOf, nameOfProcess, type Order, ordered, whereOf } from "../core/process_list";
import { ask } from "../shell/overlays";
import type { Process } from "../told";

const EVERY_MS = 2000;
/** The share of a processor is known from the second look on; one sooner would be answered with the first again. */
const SECOND_MS = 1000;

interface Listed {
  readonly processes: readonly Process[];
  /** Whether there were more than are listed. */
  readonly more: boolean;
}

/** The newest list (null until there is one), what is wrong with the newest look, and how to look now. */
function useProcesses(): [Listed | null, string, () => void] {
  const [list, setList] = useState<Listed | null>(null);
  const [trouble, setTrouble] = useState("");
  const look = useRef(() => undefined as void);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let newest = 0;
    const again = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => (document.hidden ? again(EVERY_MS) : void ask(EVERY_MS)), ms);
    };
    const ask = async (pause: number): Promise<void> => {
      const mine = ++newest;
      try {
        const found = await api.get<Listed>(inWorkspace("processes"));
        if (mine !== newest) return;
        setList(found);
        setTrouble("");
      } catch (error) {
        if (mine !== newest) return;
        setTrouble((error as Error).message);
      }
      again(pause);
    };
    look.current = () => void ask(EVERY_MS);
    void ask(SECOND_MS);
    return () => {
      newest = -1;
      clearTimeout(timer);
    };
  }, []);
  return [list, trouble, () => look.current()];
}

interface ProcessesProps {
  running: boolean;
  said: string;
  say: (sentence: string) => void;
  /** Changes with what ended all of them: then a new list is due. */
  ends: string;
}

export function Processes({ running, said, say, ends }: ProcessesProps) {
  const [list, trouble, look] = useProcesses();
  const [by, setBy] = useState<Order>("memory");
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef<readonly number[] | null>(null);
  // Nothing moves under a pointer or the focus that is in the list.
  const held = box.current?.querySelector(".processes:is(:hover, :focus-within)") ? shown.current : null;
  const all = list && ordered(running ? list.processes : [], by, held);
  shown.current = all?.map(({ pid }) => pid) ?? null;
  const sortBy = (order: Order): void => {
    shown.current = null;
    setBy(order);
  };
  useEffect(() => {
    if (ends) look();
  }, [ends]);
  useLayoutEffect(() => {
    // What had the focus may have gone with its process.
    if (document.activeElement === document.body) box.current?.focus();
  }, [list]);
  return (
    <div ref={box} tabIndex={-1} class="processes-room" role="region" aria-label="Processes">
      <div class="processes-head">
        <h3>Processes</h3>
        <div role="group" aria-label="Sort by">
          {(["memory", "cpu"] as const).map((order) => (
            <button key={order} type="button" aria-pressed={by === order} onClick={() => sortBy(order)}>{order === "cpu" ? "By CPU" : "By memory"}</button>
          ))}
        </div>
      </div>
      {trouble && <p class="error" role="alert">{trouble} <button type="button" onClick={look}>Try again</button></p>}
      {all === null && !trouble && <p class="dim">One moment…</p>}
      {all?.length === 0 && <p class="dim">Nothing runs.</p>}
      {all && all.length > 0 && <List all={all} done={(sentence) => { say(sentence); look(); }} />}
      {list?.more && <p class="dim">There are more, which are not listed.</p>}
      <p role="status" aria-label="Process" class="life-said">{said}</p>
    </div>
  );
}

function List({ all, done }: { all: readonly Process[]; done: (sentence: string) => void }) {
  return (
    <table role="table" class="processes">
      <thead role="rowgroup">
        <tr role="row">
          {["Command", "Console", "CPU", "Memory", "Age"].map((word) => <th key={word} role="columnheader" scope="col">{word}</th>)}
          <th role="columnheader" scope="col"><span class="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">{all.map((one) => <Row key={`${one.pid} ${one.started}`} one={one} done={done} />)}</tbody>
    </table>
  );
}

function Row({ one, done }: { one: Process; done: (sentence: string) => void }) {
  const name = nameOfProcess(one);
  const title = titleOf(one);
  const act = (how: How): void => void end(one, how, title).then((sentence) => sentence && done(sentence));
  return (
    <tr role="row" class={one.kind}>
      <td role="cell" class="process-command" title={`${one.command} (${one.pid})`}>{commandOf(one)}</td>
      <td role="cell" class="process-where">{whereOf(one, title)}</td>
      <td role="cell" class="process-figure">{cpuOf(one)}</td>
      <td role="cell" class="process-figure">{memoryOf(one)}</td>
      <td role="cell" class="process-figure">{ageOf(one, Date.now() / 1000)}</td>
      <td role="cell" class="process-actions">
        {one.kind !== "ide" && (
          <>
            <button type="button" aria-label={`End ${name}, ${one.pid}`} onClick={() => act("end")}>End</button>
            <button type="button" class="danger" aria-label={`Kill ${name}, ${one.pid}`} onClick={() => act("kill")}>Kill</button>
          </>
        )}
      </td>
    </tr>
  );
}

type How = "end" | "kill";

function titleOf({ console }: Process): string {
  const info = console === null ? null : consoleById(console);
  return info ? shownTitle(info) : "";
}

/** End one, after a question where a console goes with it. Answers with what to say, "" when the person turned away. */
async function end(one: Process, how: How, title: string): Promise<string> {
  const name = nameOfProcess(one);
  if (one.kind === "console") {
    const answer = await ask(`${how === "end" ? "End" : "Kill"} ${title || name}?`, "The console ends with it, and what runs in its foreground. Its output and your files stay.", [
      { value: "keep", label: "Keep running", look: "primary" },
      { value: "end", label: how === "end" ? "End it" : "Kill it", look: "danger" },
    ]);
    if (answer !== "end") return "";
  }
  try {
    await api.post(inWorkspace(`processes/${one.pid}/end`), { how, started: one.started });
  } catch (error) {
    return (error as Error).message;
  }
  return how === "end" ? `${name} was asked to end. Kill ends it if it stays.` : `${name} was killed.`;
}
