"""docs/nginx.conf with Debian's nginx: TLS, the sub-path /ide/, everything a browser does there."""

import json
import re

import httpx
import pytest

from tests.fakes.outside_servers import Service
from tests.visitor import RefusedError, Visitor

pytestmark = pytest.mark.nginx
NAME, PASSWORD = "grace", "a long nginx password"


@pytest.fixture(scope="module")
def grace(site):
    """Somebody signed in through nginx."""
    site.server.add_user(NAME, PASSWORD)
    with Visitor(site.url, verify=site.tls) as visitor:
        yield visitor.sign_in(NAME, PASSWORD)


def test_plain_http_is_sent_to_tls(site):
    answer = httpx.get(f"{site.plain}/ide/?a=1", trust_env=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://localhost/ide/?a=1"


def test_the_path_without_its_slash_is_completed(site):
    with site.visitor() as visitor:
        answer = visitor.get(f"{site.root}/ide")
    assert answer.status_code == 308
    assert httpx.URL(site.root).join(answer.headers["location"]).path == "/ide/"


def test_somebody_signed_out_is_sent_to_sign_in_below_the_path(site):
    with site.visitor() as visitor:
        answer = visitor.get("")
        assert answer.status_code == 302
        target = httpx.URL(site.url).join(answer.headers["location"])
        assert str(target) == f"{site.url}sign-in"
        page = visitor.get("sign-in")
    assert page.status_code == 200
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_everything_a_page_names_is_there_and_below_the_path(site, grace):
    page = grace.http.get("").raise_for_status().text
    named = re.findall(r'(?:src|href|action)="([^"#]+)"', page)
    assert any("/static/dist/" in each for each in named)
    for each in named:
        if each == "data:,":
            continue  # the sign that there is no icon
        assert each.startswith("/ide/"), each
        answer = grace.http.get(f"{site.root}{each}")
        assert answer.status_code == 200, each
    packed = [grace.http.get(f"{site.root}{each}") for each in named if each.endswith(".js")]
    assert packed
    assert packed[0].headers["content-encoding"] in {"br", "gzip"}
    assert "immutable" in packed[0].headers["cache-control"]


def test_the_printed_setup_link_works_and_its_form_leads_home(site):
    with site.visitor(headers={"Origin": site.root}) as visitor:
        assert site.server.setup_link.startswith(f"{site.url}setup/")
        page = visitor.get(site.server.setup_link).raise_for_status()
        token = re.search(r'name="token" value="([^"]+)"', page.text)[1]
        form = {"token": token, "name": "owner", "password": "a long owner password"}
        answer = visitor.post(site.server.setup_link, data=form)
        assert answer.status_code == 303, answer.text
        assert httpx.URL(site.url).join(answer.headers["location"]).path == "/ide/"
        assert visitor.get("").status_code == 200


def test_cookies_belong_to_the_path_and_to_tls(grace):
    cookies = [grace.http.get("api/v1/login").headers.get_list("set-cookie")]
    token = grace.http.get("api/v1/login").json()["csrf"]
    answer = grace.http.post(
        "api/v1/login",
        json={"name": NAME, "password": PASSWORD},
        headers={"X-CSRF-Token": token},
    ).raise_for_status()
    grace.http.headers["X-CSRF-Token"] = answer.json()["csrf"]
    cookies.append(answer.headers.get_list("set-cookie"))
    for cookie in [each for some in cookies for each in some]:
        words = {word.strip().lower() for word in cookie.split(";")}
        assert {"path=/ide/", "secure", "httponly"} <= words
        assert words & {"samesite=lax", "samesite=strict"}


def test_a_page_of_another_site_is_refused(site, grace):
    answer = grace.http.post("api/v1/logout", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    answer = grace.http.get("api/v1/me", headers={"Host": "evil.example"})
    assert answer.status_code in {400, 403}


def test_the_visitors_address_cannot_be_forged(grace):
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example"}
    assert grace.http.get("api/v1/me", headers=forged).status_code == 200
    with Visitor(grace.url, verify=grace.verify) as other:
        other.http.headers.update(forged)
        other.sign_in(NAME, PASSWORD)
    addresses = {each["address"] for each in grace.http.get("api/v1/logins").json()["logins"]}
    assert addresses == {"127.0.0.1"}


def test_the_link_carries_a_console(grace):
    console = grace.new_console()
    with grace.link() as link:
        link.hello(console)
        link.read_until(b"$ ")
        link.type(b"echo $((6*7))-through-nginx\r")
        link.read_until(b"42-through-nginx")


def test_what_is_told_leads_back_through_nginx(site, grace):
    with Service() as hook:
        body = {"kind": "webhook", "url": hook.url}
        made = grace.http.post("api/v1/channels", json=body).raise_for_status().json()
        outcome = grace.http.post(f"api/v1/channels/{made['id']}/test").raise_for_status()
        assert outcome.json()["state"] == "sent"
        assert json.loads(hook.got[0][2])["link"] == site.url


def test_the_link_from_another_site_is_refused(grace):
    own = grace.origin
    grace.origin = "https://evil.example"
    try:
        with pytest.raises(RefusedError) as refused:
            grace.link()
    finally:
        grace.origin = own
    assert refused.value.status == 403


def test_a_large_file_streams_up_and_down(grace):
    content = bytes(range(256)) * 4096 * 8  # 8 MiB, more than nginx buffers
    put = grace.api(
        "PUT",
        "files/content?path=big%20%C3%A9.bin",
        content=content,
        headers={"If-None-Match": "*", "Content-Type": "application/octet-stream"},
    )
    assert put.json()["size"] == len(content)
    got = grace.api("GET", "files/content?path=big%20%C3%A9.bin&download=1")
    assert got.content == content
    assert got.headers["content-disposition"].startswith("attachment")
    assert "big%20%C3%A9.bin" in got.headers["content-disposition"]


def test_a_refused_upload_is_told_why_not_that_the_gateway_is_bad(grace):
    content = b"x" * (8 * 1024 * 1024)
    only_new = {"If-None-Match": "*"}
    grace.api("PUT", "files/content?path=kept.txt", content=b"old", headers=only_new)
    for headers, status in ((only_new, 409), (only_new | {"X-CSRF-Token": "no"}, 403)):
        with pytest.raises(httpx.HTTPStatusError) as refused:
            grace.api("PUT", "files/content?path=kept.txt", content=content, headers=headers)
        assert refused.value.response.status_code == status
        assert "error" in refused.value.response.json()
    assert grace.api("GET", "files/content?path=kept.txt").content == b"old"
