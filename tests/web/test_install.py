"""What makes the page an app: the manifest, the worker, the offline page, and what a head names."""

import json
import re

import pytest

from ide.web import bundle

NAMES = {
    "worker": "worker-1.js",
    "offline": "offline-2.js",
    "gate-page": "gate-3.css",
    "icon": "icon-4.svg",
    "icon-apple": "icon-apple-5.png",
    "icon-192": "icon-192-6.png",
    "icon-512": "icon-512-7.png",
    "icon-maskable": "icon-maskable-8.png",
}


@pytest.fixture
def built(tmp_path, monkeypatch):
    manifest = {
        "entries": {name: {"file": file, "preload": []} for name, file in NAMES.items()},
        "colours": {"light": {"panel": "#aaaaaa"}, "dark": {"panel": "#bbbbbb"}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "worker-1.js").write_text("self.x = SHELL;")
    monkeypatch.setattr(bundle, "DIST", tmp_path)
    bundle._manifest.cache_clear()
    yield tmp_path
    bundle._manifest.cache_clear()


def test_the_manifest_has_relative_addresses_only(charlie, built):
    answer = charlie.client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = answer.json
    assert (told["start_url"], told["scope"], told["display"]) == ("./", "./", "standalone")
    assert (told["name"], told["theme_color"]) == ("ide", "#bbbbbb")
    assert [(icon["src"], icon["sizes"], icon["purpose"]) for icon in told["icons"]] == [
        ("static/dist/icon-192-6.png", "192x192", "any"),
        ("static/dist/icon-512-7.png", "512x512", "any"),
        ("static/dist/icon-maskable-8.png", "512x512", "maskable"),
    ]


def test_the_worker_is_another_one_whenever_its_page_is(charlie, built):
    answer = charlie.client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    shell, icon, code = answer.text.split(";\n")
    assert icon == 'const ICON = "static/dist/icon-192-6.png"'
    assert code == "self.x = SHELL;"
    assert json.loads(shell.removeprefix("const SHELL = ")) == [
        "offline",
        "static/dist/gate-3.css",
        "static/dist/offline-2.js",
    ]


def test_a_page_may_have_this_worker_and_this_manifest(charlie, built):
    policy = charlie.client.get("/sign-in").headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy


def test_the_offline_page_knows_nobody(alice, built):
    page = alice.client.get("/offline").text
    assert "Offline" in page
    assert 'data-health="/healthz"' in page
    assert alice.name not in page
    assert alice.csrf not in page


def test_every_head_names_the_icons_and_the_colours(charlie, built):
    head = charlie.client.get("/sign-in").text
    assert 'rel="apple-touch-icon" href="/static/dist/icon-apple-5.png"' in head
    assert 'rel="manifest" href="/manifest.webmanifest"' in head
    assert re.findall(
        r'name="theme-color" media="\(prefers-color-scheme: (\w+)\)" content="(\S+)"', head
    ) == [
        ("light", "#aaaaaa"),
        ("dark", "#bbbbbb"),
    ]
    assert 'name="apple-mobile-web-app-capable" content="yes"' in head


def test_without_the_bundle_a_head_names_none_of_it(charlie, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "DIST", tmp_path / "nowhere")
    bundle._manifest.cache_clear()
    assert "manifest.webmanifest" not in charlie.client.get("/sign-in").text
    assert charlie.client.get("/manifest.webmanifest").status_code == 503
