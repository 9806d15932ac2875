"""Filling in the plain forms as a browser does."""

import re

ORIGIN = "http://localhost"


def submit(client, path, name, password, *, token=None, origin=ORIGIN):
    """Load the form, fill it in, send it. Returns the answer."""
    if token is None:
        page = client.get(path)
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        token = found[1] if found else ""
    headers = {"Origin": origin} if origin else {}
    data = {"name": name, "password": password, "token": token}
    return client.post(path, data=data, headers=headers)


def alert(page):
    """Return the sentence that the form shows."""
    return re.search(r'role="alert">([^<]*)<', page.text)[1]
