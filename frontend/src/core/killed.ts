/** Words for a program that a limit ended while its session goes on. */

import type { Killed } from "../told";
import { limitOf } from "./how_ended";
import { size } from "./sizes";

/** "python3 was ended by the memory limit, 2.0 of 2.0 GiB, 03:12." `clock` says a time of day. */
export function killedSentence(killed: Killed, clock: (seconds: number) => string): string {
  const { command, name, used, limit, at } = killed;
  const was = `${command ? quoted(command) : "A program"} was ended`;
  if (name !== "memory" || limit > 0) return `${was} by the ${limitOf(killed)}, ${clock(at)}.`;
  return `${was} because the machine ran out of memory, ${clock(at)}; ${size(used)} were in use here.`;
}

const MAX_COMMAND_CHARS = 60;

/** A command line in quotes, unless it is one word. */
function quoted(command: string): string {
  const short = command.length > MAX_COMMAND_CHARS ? `${command.slice(0, MAX_COMMAND_CHARS)}…` : command;
  return short.includes(" ") ? `“${short}”` : short;
}
