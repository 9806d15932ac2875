"""What on-screen keyboards and input methods insert arrives once, in every kind of field."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.page import Ide
from tests.browser.terminals import ConsoleView, new_console, remove_consoles, soft_key
from tests.waiting import wait_until

HYGIENE = {
    "autocorrect": "off",
    "autocapitalize": "off",
    "spellcheck": "false",
    "writingsuggestions": "false",
    "enterkeyhint": "enter",
}


@pytest.fixture(scope="module")
def page(one_page: Callable[[str], Page]) -> Page:
    return one_page("portrait")


@pytest.fixture
def view(page: Page) -> Iterator[ConsoleView]:
    view = new_console(page)
    view.region.locator(".xterm-screen").tap()
    expect(view.input).to_be_focused()
    yield view
    remove_consoles(page)


def compose(keys: CDPSession, *steps: str) -> None:
    """Write with an input method: each step replaces what is not decided yet, the last is taken."""
    write(keys, *steps)
    keys.send("Input.insertText", {"text": steps[-1]})


def write(keys: CDPSession, *steps: str) -> None:
    """Let each step stand in the field as what is not decided yet; an empty one gives it up."""
    for step in steps:
        at = {"selectionStart": len(step), "selectionEnd": len(step)}
        keys.send("Input.imeSetComposition", {"text": step, **at})


def test_terminals_take_what_keyboards_of_glass_insert(view: ConsoleView):
    keys = view.page.context.new_cdp_session(view.page)
    keys.send("Input.insertText", {"text": "echo "})  # a word from the suggestions
    view.expect("$ echo")
    compose(keys, "に", "にほ", "にほん", "日本")
    view.expect("echo 日本")  # nobody writes on before that
    soft_key(view, "“")  # of a clever keyboard; in a word it is meant
    view.expect('echo 日本"')
    compose(keys, "n", "ni", "ni h", "你好")
    view.expect('echo 日本"你好')
    soft_key(view, "”")
    view.expect('echo 日本"你好"')
    keys.send("Input.insertText", {"text": "isn”t"})
    view.expect('$ echo 日本"你好"isn”t')
    view.page.keyboard.press("Enter")
    view.expect("日本你好isn”t")
    assert view.text().count("isn”t") == 2


def test_a_long_dictation_arrives_whole(view: ConsoleView):
    keys = view.page.context.new_cdp_session(view.page)
    view.start("wc -c; echo read-''all")
    keys.send("Input.insertText", {"text": "sentence, " * 300})  # a line of a tty holds 4,095
    view.page.keyboard.press("Enter")
    view.page.keyboard.press("Control+d")
    view.expect("read-all")
    assert "3001" in view.text()


CORRECT = """(field, [wrong, right]) => {
  const init = {inputType: 'insertReplacementText', data: right, bubbles: true};
  const at = field.value.lastIndexOf(wrong);
  field.dispatchEvent(new InputEvent('beforeinput', init));
  field.setRangeText(right, at, at + wrong.length, 'end');
  field.dispatchEvent(new InputEvent('input', init));
}"""
"""What a keyboard does to a field when a correction of a word in it is accepted."""

CMD_TAB = """field => {
  const init = {key: 'Meta', code: 'MetaLeft', keyCode: 91, bubbles: true};
  field.dispatchEvent(new KeyboardEvent('keydown', init));
  field.blur();
  field.focus();
}"""
"""Another app comes and goes; the key that brought it goes up there."""


def test_a_word_that_is_corrected_is_replaced_in_the_terminal_too(view: ConsoleView):
    keyboard = view.page.keyboard
    keys = view.page.context.new_cdp_session(view.page)
    keys.send("Input.insertText", {"text": "x"})

    def followed() -> bool:
        keyboard.press("ArrowRight")
        return view.input.input_value() == ""

    wait_until(followed, 60, "the field holds what is in front of the cursor")
    keyboard.press("Backspace")
    keys.send("Input.insertText", {"text": "echo tehx"})  # words from the suggestions
    keyboard.press("Backspace")
    keyboard.type(" end")
    view.expect("$ echo teh end")
    view.input.evaluate(CORRECT, ["teh", "the"])
    view.expect("$ echo the end")
    view.input.evaluate("field => field.setSelectionRange(9, 12)")
    keys.send("Input.insertText", {"text": "start"})
    view.expect("$ echo the start")
    keyboard.press("Enter")
    view.expect(re.compile(r"echo the start\s*the start"))
    view.input.evaluate(CMD_TAB)
    keys.send("Input.insertText", {"text": "once"})
    view.expect(re.compile(r"\$ once\s*$"))


PINYIN = {
    "a word": (["n", "ni", "ni h", "ni hao"], "你好"),
    "a phrase, its first half decided": (["zhong", "zhong guo", "中 guo"], "中国"),
    "Latin letters as they are": (["p", "pi", "pip"], "pip"),
}
"""What stands in the field while it is spelled, and the candidate that is chosen."""


def test_chinese_that_is_spelled_arrives_as_the_candidate_that_was_chosen(view: ConsoleView):
    keys = view.page.context.new_cdp_session(view.page)
    keys.send("Input.insertText", {"text": "echo "})
    line = "$ echo "
    view.expect("$ echo")
    for spelled, chosen in PINYIN.values():
        compose(keys, *spelled, chosen)
        line += chosen
        view.expect(re.compile(rf"{re.escape(line)}\s*$"))
    view.page.keyboard.press("Enter")
    view.expect("你好中国pip你好中国pip")


@pytest.mark.parametrize("steps", [["に", "にほ"], ["n", "ni", "ni h"]], ids=["kana", "pinyin"])
def test_a_composition_that_is_given_up_types_nothing(view: ConsoleView, steps: list[str]):
    keys = view.page.context.new_cdp_session(view.page)
    write(keys, *steps, "")
    view.run("echo aft'er'")
    view.expect("$ echo aft'er'")
    view.expect("after")


def test_editors_and_the_compose_line_take_them_too(view: ConsoleView):
    page, ide = view.page, Ide(view.page)
    keys = page.context.new_cdp_session(page)
    bar = page.get_by_role("toolbar", name="Extra keys")
    bar.get_by_role("button", name="Compose", exact=True).tap()
    field = page.get_by_role("textbox", name="Text to send")
    expect(field).to_be_focused()
    compose(keys, "に", "にほん", "日本")
    keys.send("Input.insertText", {"text": "“"})
    expect(field).to_have_value('日本"')
    page.get_by_role("button", name="Close the compose line").tap()
    ide.put("words.txt", "")
    editor = ide.open("words.txt")
    editor.tap()
    expect(editor).to_be_focused()
    compose(keys, "n", "ni h", "你好")
    keys.send("Input.insertText", {"text": "isn”t"})
    expect(editor).to_have_text("你好isn”t")
    bar.get_by_role("button", name="Left parenthesis", exact=True).tap()
    expect(editor).to_have_text("你好isn”t()")


def test_every_field_for_code_keeps_corrections_off(view: ConsoleView):
    ide = Ide(view.page)
    ide.put("hygiene.txt", "")
    for field in (view.input, ide.open("hygiene.txt")):
        for name, value in HYGIENE.items():
            expect(field).to_have_attribute(name, value)
    for name, value in {"autocomplete": "off", "inputmode": "text"}.items():
        expect(view.input).to_have_attribute(name, value)
