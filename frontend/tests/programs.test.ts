/** Which program a console shows: seldom a guess, never a wrong one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, programIn, promptIn, type Shown, type Sight } from "../src/core/programs";

const bash: Sight = { kind: "bash", atPrompt: false, command: "", title: "", fullScreen: false, debugs: false, pages: false };

const COMMANDS: Readonly<Record<string, Shown | null>> = {
  "vim notes.txt": "vim", vi: "vim", "nvim -R x": "vim", "vim.tiny x": "vim", "view x": "vim", "vimdiff a b": "vim", "sudo vim /etc/hosts": "vim", "env LANG=C A=b vi x": "vim",
  "less log": "less", "man ls": "less", "zless x.gz": "less", "git log -p": "less", "git diff": "less",
  "git commit": null, "git rebase -i": null, "git": null,
  "nano x": "nano", "/usr/bin/pico": "nano",
  "python3 -m pdb x.py": "pdb", "pdb3 x.py": "pdb", "python3.12 -m ipdb x.py": "pdb", "python3 vim.py": null, "python3 -m vim": null,
  "vimtutor": null, "lessecho x": null, "make vim": null, "nanoc": null, "sudo -u root vim": null, "": null,
};

test("a program is known by the command line that the shell runs", () => {
  for (const [command, program] of Object.entries(COMMANDS)) assert.equal(programIn({ ...bash, command }), program, command);
});

test("what fills the screen and is not known has the keys of the screen", () => {
  assert.equal(programIn({ ...bash, command: "htop", fullScreen: true }), "screen");
  assert.equal(programIn({ ...bash, command: "nano x", fullScreen: true }), "nano");
  assert.equal(programIn({ ...bash, command: "ssh far", fullScreen: true, title: "notes.txt (~) - VIM" }), "vim");
  assert.equal(programIn({ ...bash, command: "ssh far", fullScreen: true, title: "notes.txt - NVIM" }), "vim");
  assert.equal(programIn({ ...bash, command: "ssh far", title: "notes.txt (~) - VIM" }), null, "the title of what has ended");
  assert.equal(programIn({ ...bash, kind: "python", fullScreen: true }), "screen");
});

test("a pager at the end of a pipe is known by what it asks with", () => {
  const paged: Sight = { ...bash, fullScreen: true, pages: true };
  assert.equal(programIn(paged), "less");
  assert.equal(programIn({ ...paged, kind: "python" }), "less");
  assert.equal(programIn({ ...paged, command: "ssh far" }), "screen", "an editor over there asks with the same");
  assert.equal(programIn({ ...paged, command: "vim x" }), "vim");
  assert.equal(programIn({ ...paged, fullScreen: false }), null);
  for (const line of [":", "lines 1-9 (END)"]) assert.equal(promptIn(line), "pager", line);
});

test("a full screen that began as a pager's is one until it ends, whatever the pager asks meanwhile", () => {
  let seen = filled({ full: false, paged: false }, true, true);
  for (const asks of [false, true, false]) seen = filled(seen, true, asks);
  assert.deepEqual(seen, { full: true, paged: true });
  seen = filled(seen, false, false);
  assert.deepEqual(seen, { full: false, paged: false });
  seen = filled(filled(seen, true, false), true, true);
  assert.equal(seen.paged, false, "the command line of an editor");
});

test("at the shell's prompt there is none, whatever was there before", () => {
  assert.equal(programIn({ ...bash, atPrompt: true, command: "vim x", fullScreen: true, debugs: true }), null);
});

test("a debugger is known by its prompt, not while something else fills the screen", () => {
  assert.equal(programIn({ ...bash, command: "python3 x.py", debugs: true }), "pdb");
  assert.equal(programIn({ ...bash, kind: "python", atPrompt: true, debugs: true }), "pdb");
  assert.equal(programIn({ ...bash, kind: "run", debugs: true, fullScreen: true }), "screen");
  for (const line of ["(Pdb) ", "(Pdb) p x", "((Pdb)) ", "(Pdb++) ", "ipdb> n"]) assert.equal(promptIn(line), "pdb", line);
  for (const line of [">>> ", "In [12]: x"]) assert.equal(promptIn(line), "python", line);
  for (const line of ["", "$ ", "say (Pdb) ", "(Pdb)", "> x.py(3)<module>()", "In the beginning: ", ":w", "x:"]) assert.equal(promptIn(line), null, line);
});
