"""What a keeper's process does without."""

import subprocess
import sys

CODE = """
import sys
import ide.keeper.{module}
import hashlib
print(*(name for name, module in sys.modules.items() if module))
print(hashlib.sha256(b"").hexdigest()[:8], hashlib.sha1(b"").hexdigest()[:8])
"""


def test_the_zygote_loads_no_tls_no_openssl_no_archives_and_reads_no_command_line():
    words = [sys.executable, "-P", "-c", CODE.format(module="zygote")]
    names, digests = subprocess.check_output(words, text=True).splitlines()
    assert "ide.keeper.keeper" in names.split()
    assert not set(names.split()) & {"ssl", "_hashlib", "bz2", "lzma", "argparse"}
    assert digests == "e3b0c442 da39a3ee"


def test_digests_come_from_openssl_where_the_interpreter_has_none_of_its_own():
    code = "import importlib.util as u; find = u.find_spec\n"
    code += "u.find_spec = lambda name, *p: None if name == '_md5' else find(name, *p)\n"
    words = [sys.executable, "-P", "-c", code + CODE.format(module="lean")]
    _, digests = subprocess.check_output(words, text=True).splitlines()
    assert digests == "e3b0c442 da39a3ee"
