"""What messages tell people to type works where they have the code from."""

import ide
from ide.build import typed


def test_in_a_clone_it_is_run_and_elsewhere_ide(monkeypatch, tmp_path):
    package = tmp_path / "ide" / "__init__.py"
    monkeypatch.setattr(ide, "__file__", str(package))
    assert typed("plan list") == "ide plan list"
    (tmp_path / "run").touch()
    assert typed("plan list") == "./run plan list"
