"""Somebody who types the commands on a page, and where they do it: a clone, with a home, an origin and a DVC remote.

Addresses on the pages are those of an organisation; here they lead to folders and servers on this machine.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import yaml

from makemore.commands import child_environment
from tests.conftest import ROOT
from tests.pipeline.elsewhere import elsewhere
from tests.pipeline.pages import agrees, commands
from tests.pipeline.project import Project
from tests.pipeline.storage import URL, Bucket
from tests.pipeline.terminal import Terminal
from tests.tracking.server import free_port

# The files that readers have by now, and what we put there.
FILES = {
    "mine.txt": "elements.txt",
    "datasets/mine.txt": "elements.txt",
    "datasets/makemore-names.txt": "names.txt",
    "attest.json": "elements.txt",  # whatever it is, it is signed
}
SERVERS = {"make ui": ("127.0.0.1:5000", "/health"), "make serve": ("127.0.0.1:5001", "/ping")}


class Reader:
    """Types pages in the clone `project`, whose folder has others beside it for what it needs."""

    def __init__(self, project: Project, bucket: Bucket) -> None:
        self.project = project
        self._folder = project.root.parent
        self._replaced = {
            "https://git.example.org/makemore.git": str(self._folder / "origin.git"),
            "s3://my-bucket/makemore": URL,
            "endpointurl https://...": f"endpointurl {bucket.environment['AWS_ENDPOINT_URL']}",
        }
        make_home(self._folder / "home")
        make_environment(project.root / ".venv", "run", "dev")
        make_environment(project.root / "build/tools", "ready")
        for name, content in FILES.items():
            shutil.copy(ROOT / "datasets" / content, project.root / name)
        key = (self._folder / "home/.ssh/id_ed25519.pub").read_text(encoding="utf-8")
        (project.root / "allowed_signers").write_text(f"alice@example.org {key}", encoding="utf-8")
        self._share()

    def read(self, page: str) -> Iterator[str]:
        """Types the commands of a page, and compares what they print. Yields each after it was typed."""
        terminal = Terminal(self.project.root, self._environment(), self._folder)
        try:
            for command in commands(page):
                if not elsewhere(page, command.line):
                    output = self._type(terminal, self._real(command.line))
                    assert agrees(command.output, output, command.compared), f"{command.line}\n{output}"
                    yield command.line
        finally:
            terminal.close()

    def forget(self) -> None:
        """Puts the files that git has back to those of its first commit."""
        self.project.run("git", "reset", "--quiet", "--hard", "start")
        self.project.run("git", "clean", "--quiet", "-d", "--force")

    def _real(self, line: str) -> str:
        """A command with the addresses that we have."""
        for shown, real in self._replaced.items():
            line = line.replace(shown, real)
        return line

    def _type(self, terminal: Terminal, line: str) -> str:
        name = line.partition("  #")[0].rstrip()
        if name not in SERVERS:
            return terminal.type(line)
        address, path = SERVERS[name]
        port = free_port()
        self._replaced[address] = f"127.0.0.1:{port}"
        return terminal.serve(f"{name} PORT={port}", f"http://127.0.0.1:{port}{path}")

    def _environment(self) -> dict[str, str]:
        """The variables of a new terminal. pip finds the packages of our environment, and no others."""
        packages = f"{self.project.root}{os.pathsep}{sysconfig.get_path('purelib')}"
        more = {"HOME": str(self._folder / "home"), "MAKEMORE_NAMES": str(ROOT / "datasets/names.txt")}
        more |= {"PYTHONPATH": packages, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
        return child_environment("DVC_", "MLFLOW_", "PIP_", "PYTEST_", **more)

    def _share(self) -> None:
        """Gives the clone an origin and a DVC remote, as a team has them, and marks its first commit."""
        run, origin = self.project.run, str(self._folder / "origin.git")
        run("dvc", "remote", "add", "--default", "shared", str(self._folder / "shared"))
        self.project.commit("A remote")
        run("dvc", "push")
        run("git", "clone", "--quiet", "--bare", ".", origin)
        run("git", "remote", "add", "origin", origin)
        run("git", "fetch", "--quiet", "origin")
        run("git", "branch", "--quiet", "--set-upstream-to", "origin/main")
        run("git", "tag", "start")


def make_home(home: Path) -> None:
    """A home with a name for commits, a key, and the folders in which shells look for completions."""
    for folder in (".ssh", ".zfunc", ".config/fish/completions"):
        (home / folder).mkdir(parents=True)
    key = home / ".ssh/id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (home / ".gitconfig").write_text("[user]\nname = test\nemail = test@example.org\n", encoding="utf-8")


def make_environment(folder: Path, *targets: str) -> None:
    """An environment like those that make creates, with the packages of ours. targets: what make finds up to date."""
    folder.mkdir(parents=True)
    for name in ("bin", "lib"):
        (folder / name).symlink_to(Path(sys.prefix) / name)
    if (Path(sys.prefix) / "pyvenv.cfg").exists():
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", folder)
    for name in targets:
        (folder / name).touch()


def project_of_trials(root: Path) -> Project:
    """A project with our variants and stages, which do nothing: DVC runs each experiment in a second."""
    project = Project(root)
    shutil.copytree(ROOT / "datasets", root / "datasets")
    shutil.copy(ROOT / "params.yaml", root)
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    idle = {
        name: {"foreach": stage["foreach"], "do": {"cmd": "true"}} if "foreach" in stage else {"cmd": "true"}
        for name, stage in stages.items()
    }
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": idle}), encoding="utf-8")
    project.run("git", "init", "--quiet", "--initial-branch", "main")
    project.run("git", "config", "user.name", "test")
    project.run("git", "config", "user.email", "test@example.org")
    project.run("dvc", "init", "--quiet")
    project.commit("Start")
    return project
