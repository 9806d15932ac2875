"""The workspace's one Python environment: `python`, `pip`, Run and the Python console share it."""

import itertools
import os
import re
import shutil
import zipfile

import pytest

from ide.keeper.card_reader import CardReader, Origin

pytestmark = pytest.mark.pty


def wheel(folder, name, text):
    """Make a wheel of one module by hand: nothing is downloaded in tests."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", text)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    path.chmod(0o644)


def test_what_pip_installed_imports_everywhere(agent, sandbox):
    wheel(sandbox.home, "parrot", "WORD = 'Norwegian blue'\n")
    # The toolbox has a distlib too: the environment's own must win.
    wheel(sandbox.home, "distlib", "WORD = 'mine'\n")
    agent.shell("/opt/ide/ensure-env")
    installed = agent.shell(
        "pip install --no-index --quiet ./parrot-*.whl ./distlib-*.whl; pip list"
    )
    assert b"parrot" in installed
    assert b"ipython" not in installed.lower()
    words = "import parrot, distlib; print(parrot.WORD, distlib.WORD)"
    assert agent.shell(f"python -c '{words}'") == b"Norwegian blue mine\n"
    (sandbox.home / "-run me.py").write_text(words)
    assert agent.shell("/opt/ide/run-python '-run me.py'") == b"Norwegian blue mine\n"

    agent.spawn("ipython", ["/opt/ide/python-console"])
    master = agent.take("ipython")
    agent.read_until("ipython", b"In [", master)
    os.write(master, words.encode() + b"\r")
    agent.read_until("ipython", b"Norwegian blue mine", master)
    os.write(master, b"%pip --version\r")
    agent.read_until("ipython", b"/home/user/.venv/", master)
    os.close(master)


def test_each_statement_of_the_python_console_is_a_card(agent, sandbox):
    agent.shell("/opt/ide/ensure-env")
    key = "0123456789abcdef" * 2
    agent.spawn("marked", ["/opt/ide/python-console"], marks=key)
    master = agent.take("marked")
    printed = agent.read_until("marked", b"]: ", master)
    look = f"env; ls -l /proc/$$/fd | grep {key[:9]}"
    lines = {
        "x = 40 + 2; print('answer', x)": 0, "1 / 0": 1, "x = )": 1,
        "get_ipython().run_cell('y = 1')": 0,
        f"import subprocess as s; s.run({look!r}, shell=1)": 0,
    }  # fmt: skip
    for number, (line, status) in enumerate(lines.items(), 1):
        os.write(master, line.encode() + b"\r")
        mark = f"D;{status};ide={key}-{number};".encode()
        printed += (said := agent.read_until("marked", mark, master))
        if b"]: " not in said.partition(mark)[2]:  # the next prompt may have come with it
            printed += agent.read_until("marked", b"]: ", master)
    os.close(master)
    ids = itertools.count(1)
    origin = Origin("c", "e", key, "statement", "python", "/")
    reader = CardReader(origin, lambda: next(ids), offset=0)
    cards = reader.feed(printed, 80, 1e12)
    assert [(card.command, card.status) for card in cards] == list(lines.items())
    errors = [card.exception for card in cards]
    assert errors == [None, "ZeroDivisionError", "SyntaxError", None, None]
    assert {card.cwd for card in cards} == {"/home/user"}
    assert b"answer 42" in printed[cards[0].first : cards[0].last]
    said = re.sub(rb"\x1b\]133;[^\x1b]*\x1b", b"", printed[cards[4].first : cards[4].last])
    assert b"HOME=" in said
    assert key.encode() not in said
    assert b"IDE_MARKS" not in said


def test_the_toolbox_is_not_in_the_environment(agent):
    assert agent.shell("/opt/ide/ensure-env; python -c 'import IPython'").endswith(
        b"ModuleNotFoundError: No module named 'IPython'\n"
    )


def test_the_python_console_can_complete_what_has_no_value_yet(agent):
    agent.shell("/opt/ide/ensure-env")
    code = (
        "import sys; sys.path.append('/opt/ide/toolbox'); import jedi; print([one.name for one in"
    )
    code += " jedi.Script('import collections; collections.OrderedDict().popit').complete()])"
    assert agent.run("/home/user/.venv/bin/python", "-c", code)[0] == b"['popitem']\r\n"


def test_run_tells_the_exit_status(agent, sandbox):
    (sandbox.home / "fails.py").write_text("import sys; sys.exit(3)")
    assert agent.run("/opt/ide/run-python", "fails.py")[1] == 3


def test_a_lost_interpreter_is_put_back(agent, sandbox):
    agent.shell("/opt/ide/ensure-env; rm ~/.venv/bin/python; ln -s /gone ~/.venv/bin/python")
    assert b"True" in agent.shell("/opt/ide/ensure-env; python -c 'print(True)'")


def test_several_make_it_at_once(agent):
    agent.shell("rm -rf ~/.venv")
    output = agent.shell("for one in 1 2 3 4; do /opt/ide/ensure-env & done; wait; python -V")
    assert b"Python 3" in output
    assert b"could not" not in output


def test_the_prompt_shows_folder_and_status(agent):
    agent.spawn("c", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"], cwd="/usr/share")
    master = agent.take("c")
    assert b"/usr/share" in agent.read_until("c", b"$ ", master)
    os.write(master, b"(exit 42)\n")
    agent.read_until("c", b" 42", master)
    os.write(master, b"type ls\n")
    agent.read_until("c", b"ls --color=auto", master)
    os.close(master)


def test_history_is_saved_with_each_command(agent, sandbox):
    agent.spawn("c", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"])
    master = agent.take("c")
    os.write(master, b"echo remem''ber me\n")
    agent.read_until("c", b"remember me", master)
    os.write(master, b"echo sec''ond\n")
    agent.read_until("c", b"second", master)
    agent.call("kill", console="c")
    agent.event("exit", "c")
    assert "echo remem''ber me" in (sandbox.home / ".bash_history").read_text()
    os.close(master)


UNRECORDED = {"HISTFILE": "/dev/null"}
"""What the keeper starts a console with that is never recorded."""


def test_a_bash_that_is_never_recorded_saves_no_history(agent, sandbox):
    history = sandbox.home / ".bash_history"
    history.unlink(missing_ok=True)
    agent.spawn("c", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"], env=UNRECORDED)
    master = agent.take("c")
    os.write(master, b"echo sec''ret\n")
    agent.read_until("c", b"secret", master)
    os.write(master, b"bash\necho in''side; exit\n")
    agent.read_until("c", b"inside", master)
    os.write(master, b"echo af''ter\n")
    assert b"history:" not in agent.read_until("c", b"after", master)
    os.write(master, b"exit\n")
    agent.event("exit", "c")
    os.close(master)
    assert not history.exists()
    # Who wants it nevertheless says so in the own rc.
    (sandbox.home / ".bashrc").write_text("HISTFILE=~/.my_history\n")
    agent.spawn("own", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"], env=UNRECORDED)
    master = agent.take("own")
    os.write(master, b"echo ke''pt\nexit\n")
    agent.event("exit", "own")
    os.close(master)
    (sandbox.home / ".bashrc").unlink()
    assert "echo ke''pt" in (sandbox.home / ".my_history").read_text()
    assert not history.exists()


def run_ipython(agent, name):
    agent.spawn(name, ["/opt/ide/python-console"], env=UNRECORDED)
    master = agent.take(name)
    agent.read_until(name, b"In [", master)
    os.write(master, b"print('sec' + 'ret')\n")
    said = agent.read_until(name, b"secret", master)
    if b"In [" not in said.partition(b"secret")[2]:  # the next prompt may have come with it
        agent.read_until(name, b"In [", master)
    os.write(master, b"exit\n")
    agent.event("exit", name)
    os.close(master)


def test_an_ipython_that_is_never_recorded_saves_no_history(agent, sandbox):
    profile = sandbox.home / ".ipython" / "profile_default"
    shutil.rmtree(profile, ignore_errors=True)
    run_ipython(agent, "never")
    files = [path for path in sandbox.home.joinpath(".ipython").rglob("*") if path.is_file()]
    assert [path.name for path in files if b"sec" in path.read_bytes()] == []
    assert not (profile / "history.sqlite").exists()
    own = "c.HistoryManager.hist_file = '/home/user/mine.sqlite'\n"
    (profile / "ipython_config.py").write_text(own)
    run_ipython(agent, "own")
    (profile / "ipython_config.py").unlink()
    assert b"'sec' + 'ret'" in (sandbox.home / "mine.sqlite").read_bytes()


def test_the_users_own_rc_wins(agent, sandbox):
    (sandbox.home / ".bashrc").write_text("PS1='my own prompt> '\nalias ls='ls -a'\n")
    agent.spawn("c", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"])
    master = agent.take("c")
    agent.read_until("c", b"my own prompt> ", master)
    os.write(master, b"type ls\n")
    agent.read_until("c", b"ls -a", master)
    os.close(master)
    (sandbox.home / ".bashrc").unlink()


def test_keys_that_mean_nothing_type_nothing(agent):
    agent.spawn("c", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"])
    master = agent.take("c")
    agent.read_until("c", b"$ ", master)
    shift_home, shift_end, shift_left, f5, ctrl_page_up = (
        b"\x1b[1;2H", b"\x1b[1;2F", b"\x1b[1;2D", b"\x1b[15~", b"\x1b[5;5~"
    )  # fmt: skip
    nothing = shift_home + shift_end + shift_left + f5 + ctrl_page_up
    home, ctrl_left, end = b"\x1b[H", b"\x1b[1;5D", b"\x1b[F"  # these mean something
    line = b"plain words" + nothing + ctrl_left + b"two " + home + b"echo " + end + b"-\n"
    os.write(master, line)
    agent.read_until("c", b"\rplain two words-\r\n", master)
    os.close(master)


def test_tab_completes_arguments(agent, sandbox):
    (sandbox.home / "some-long-name.txt").write_text("found it\n")
    agent.spawn("c", ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"])
    master = agent.take("c")
    agent.read_until("c", b"$ ", master)
    os.write(master, b"cat some-lo\t\n")
    agent.read_until("c", b"found it", master)
    os.close(master)
