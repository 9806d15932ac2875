"""Read last output: for whoever hears the page, the output of the last command as text in focus."""

from playwright.sync_api import expect

from tests.browser.conftest import Device, sign_in
from tests.browser.page import Ide
from tests.browser.terminals import new_console
from tests.server import Server


def test_the_last_output_is_read_from_its_beginning(device: Device, server: Server) -> None:
    page = sign_in(device("desktop"), server)
    ide = Ide(page)
    console = new_console(page)
    console.run("echo before")
    console.expect("before")
    console.run("seq 41 43; echo the-$((6*7))-end")
    console.expect("the-42-end")
    ide.choose(ide.button(f"More actions for console {console.title}"), "Read last output")
    dialog = ide.dialog(f"Last output of {console.title}")
    output = dialog.get_by_label("Output")
    expect(output).to_be_focused()
    assert output.inner_text().splitlines()[:4] == ["41", "42", "43", "the-42-end"]
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    console.start("until [ -e go ]; do sleep 0.1; done; seq 7 9")
    console.run("seq 51 53; echo ahead-$((6*7))")
    console.expect("seq 51 53")  # typed while the other runs
    ide.put("go", "")
    console.expect("ahead-42")
    ide.choose(ide.button(f"More actions for console {console.title}"), "Read last output")
    expect(output).to_be_focused()
    assert output.inner_text().splitlines()[:4] == ["51", "52", "53", "ahead-42"]
