"""Files through everything: HTTP, gate, keeper, agent, worker, and a console that sees the same."""

import hashlib
import io
import zipfile

import httpx
import pytest

from tests.server import OWNER, Server
from tests.visitor import Visitor

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("files") / "data") as running:
        running.add_user(*OWNER, owner=True)
        yield running


@pytest.fixture
def owner(server):
    with Visitor(server.url) as visitor:
        yield visitor.sign_in(*OWNER)


def put(visitor, ref, data, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.api("PUT", f"files/content?path={ref}", content=data, headers=given)


def test_what_is_saved_in_the_page_is_there_in_a_console_and_back(owner):
    saved = put(owner, "a%20b.txt", b"from the page\n", If_None_Match="*")
    etag = hashlib.sha256(b"from the page\n").hexdigest()[:32]
    assert saved.json() == {"etag": etag, "size": 14}
    console = owner.new_console()
    with owner.link() as link:
        link.hello(console)
        link.type(b"cat a*; echo from the con''sole > 'a b.txt'; echo do''ne\r")
        assert b"from the page" in link.read_until(b"\ndone")
    read = owner.api("GET", "files/content?path=a%20b.txt")
    assert read.text == "from the console\n"
    with pytest.raises(httpx.HTTPStatusError) as refused:
        put(owner, "a%20b.txt", b"mine", If_Match=f'"{etag}"')
    assert refused.value.response.status_code == 412
    current = refused.value.response.json()["error"]["detail"]["etag"]
    put(owner, "a%20b.txt", b"mine", If_Match=f'"{current}"')


def test_a_folder_is_listed_moved_and_removed(owner):
    owner.api("POST", "files/folder", json={"path": "src"})
    put(owner, "src/main.py", b"print()\n", If_None_Match="*")
    owner.api("POST", "files/move", json={"path": "src", "to": "lib"})
    (entry,) = owner.api("GET", "files?path=lib").json()["entries"]
    assert entry["ref"] == "lib/main.py"
    zipped = owner.api("GET", "files/archive?path=lib").content
    assert zipfile.ZipFile(io.BytesIO(zipped)).read("lib/main.py") == b"print()\n"
    owner.api("DELETE", "files?path=lib&recursive=1")
    names = [entry["name"] for entry in owner.api("GET", "files?path=").json()["entries"]]
    assert "lib" not in names


def test_many_megabytes_pass_both_ways(owner):
    data = hashlib.sha256(b"seed").digest() * (1024 * 1024)
    put(owner, "big", data, If_None_Match="*")
    assert owner.api("GET", "files/content?path=big&download=1").content == data
