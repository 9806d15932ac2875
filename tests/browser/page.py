"""The page as a person sees it: the names that screen readers read, and nothing else."""

from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.waiting import wait_until

ANY_MODIFIER = "ControlOrMeta"


class Ide:
    """One open page of the editor."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    @property
    def connection(self) -> Locator:
        return self.page.get_by_role("status", name="Connection")

    def wait_connected(self) -> None:
        expect(self.connection).to_have_text("connected", timeout=30_000)

    @property
    def tree(self) -> Locator:
        return self.page.get_by_role("tree", name="Files")

    def entry(self, name: str) -> Locator:
        return self.tree.get_by_role("treeitem", name=name, exact=True)

    def editor(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=f"Editor: {name}", exact=True)

    def file_tab(self, name: str) -> Locator:
        return self.page.get_by_role("tablist", name="Open files", exact=True).get_by_role(
            "tab", name=name, exact=True
        )

    def console_tab(self, name: str) -> Locator:
        return self.page.get_by_role("tablist", name="Consoles").get_by_role("tab", name=name)

    def console(self, title: str) -> Locator:
        return self.page.get_by_role("region", name=f"Console {title}", exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    @property
    def notices(self) -> Locator:
        return self.page.get_by_role("status", name="Notices")

    @property
    def file_status(self) -> Locator:
        return self.page.get_by_role("status", name="File", exact=True)

    @property
    def run_status(self) -> Locator:
        return self.page.get_by_role("status", name="Run", exact=True)

    def new_file(self, name: str) -> Locator:
        """Make a file by the button above the tree and answer its editor."""
        self.show_files()
        self.page.locator(".files-header").get_by_role("button", name="New file").click()
        self.dialog("New file").get_by_role("textbox").fill(name)
        self.dialog("New file").get_by_role("button", name="Create").click()
        expect(self.editor(name)).to_be_visible()
        return self.editor(name)

    def show_files(self) -> None:
        show = self.page.locator(".top-lead").get_by_role("button", name="Show files")
        self.tree.or_(show).first.wait_for()  # a page that just begins has neither
        if not self.tree.is_visible():
            show.click()
        expect(self.tree).to_be_visible()

    def open(self, name: str) -> Locator:
        """Open a file from the tree and answer its editor."""
        self.show_files()
        self.entry(name).click()
        expect(self.editor(name)).to_be_visible()
        return self.editor(name)

    def write(self, name: str, text: str) -> None:
        """Replace the whole text of an open file, as typed."""
        self.editor(name).click()
        self.page.keyboard.press(f"{ANY_MODIFIER}+a")
        self.page.keyboard.insert_text(text)

    def choose(self, anchor: Locator, item: str) -> None:
        """Open the menu of a button and choose an item."""
        anchor.click()
        self.page.get_by_role("menu").get_by_role("menuitem", name=item).click()

    def actions_of(self, name: str, item: str) -> None:
        """Choose an action of a row of the tree."""
        self.show_files()
        self.entry(name).hover()
        self.choose(self.entry(name).get_by_role("button", name="More actions for"), item)

    def account(self, item: str) -> None:
        self.button("Account and settings").click()
        self.page.get_by_role("menu").get_by_text(item, exact=True).click()

    def api(self, method: str, path: str, **more: Any) -> Any:
        """Ask the server from within the page, as another program of the same person would."""
        return self.page.evaluate(_ASK, [method, path, more])

    def disk(self, ref: str) -> str:
        """The text of a file as the server has it."""
        return self.api("GET", f"files/content?path={ref}")["text"]

    def put(self, ref: str, text: str) -> None:
        """Write a file behind the page's back."""
        put = {"body": text, "headers": {"If-Match": "*"}}
        answer = self.api("PUT", f"files/content?path={ref}", **put)
        if answer["status"] == 412:
            put["headers"] = {"If-None-Match": "*"}
            answer = self.api("PUT", f"files/content?path={ref}", **put)
        assert answer["status"] < 300, answer

    def type_and_see_it_saved(self, name: str, text: str) -> None:
        """Type into the file in front; its save is held back until the page said "not saved"."""
        held: list[Route] = []

        def hold_the_first(route: Route) -> None:
            if route.request.method == "PUT" and not held:
                held.append(route)
            else:
                route.continue_()

        self.page.route("**/files/content?*", hold_the_first)
        self.page.keyboard.type(text)
        expect(self.file_tab(name)).to_have_attribute("aria-description", "not saved yet")
        # Asking the page lets Playwright hand over what was held.
        wait_until(lambda: self.page.evaluate("true") and held, 30, "the save")
        held[0].continue_()
        expect(self.file_status).to_have_text("saved")


_ASK = """async ([method, path, {body, headers = {}}]) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const url = `${boot.base}api/v1/workspaces/${boot.workspace.id}/${path}`;
  const answer = await fetch(url, {method, body, headers: {"X-CSRF-Token": boot.csrf, ...headers}});
  return {status: answer.status, text: await answer.text()};
}"""
