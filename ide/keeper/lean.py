"""Imported before anything else by what becomes a keeper: modules that it does without.

Each costs memory for every workspace, and whoever imports one here goes on without it.
"""

import sys
from importlib.util import find_spec
from typing import Any, Final, cast

_OWN_DIGESTS: Final = ("_md5", "_sha1", "_sha3", "_blake2")
"""Beside one of _sha2 and _sha256; an interpreter may be built to have only those of OpenSSL."""


def _do_without(*names: str) -> None:
    modules = cast("dict[str, Any]", sys.modules)
    for name in names:
        modules.setdefault(name, None)


def _has_own_digests() -> bool:
    return all(map(find_spec, _OWN_DIGESTS)) and any(map(find_spec, ("_sha2", "_sha256")))


# asyncio: the keeper speaks no TLS. shutil: it packs and unpacks no archives.
_do_without("ssl", "bz2", "lzma")
if _has_own_digests():  # hashlib and hmac, else by OpenSSL, which is larger than all of our code
    _do_without("_hashlib")
