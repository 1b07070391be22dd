"""DVC projects with the shape of our pipeline, whose stages are shell scripts: they run in seconds."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import yaml

from makemore.commands import child_environment
from tests.conftest import PARAMS, ROOT
from tests.pipeline.reader import make_environment

DVC_YAML = """\
stages:
  prepare:
    cmd: sh stage.sh prepare corpus.txt names.txt
    deps: [names.txt]
    outs: [corpus.txt]
  train:
    foreach: ${variants}
    do:
      cmd: sh stage.sh train@${key} models/${key}.txt corpus.txt ${item.mode}
      params: ["variants.${key}"]
      deps: [corpus.txt, stage.sh]
      outs: ["models/${key}.txt"]
  evaluate:
    foreach: ${variants}
    do:
      cmd: sh stage.sh evaluate@${key} losses/${key}.txt models/${key}.txt
      deps: ["models/${key}.txt"]
      metrics: ["losses/${key}.txt": {cache: false}]
  sample:
    foreach: ${variants}
    do:
      cmd: sh stage.sh sample@${key} samples/${key}.txt models/${key}.txt
      deps: ["models/${key}.txt"]
      outs: ["samples/${key}.txt": {cache: false}]
  report:
    cmd: cat losses/*.txt samples/*.txt > report.txt
    deps: [losses, samples]
    outs: [report.txt: {cache: false}]
  track:
    cmd: "true"
    always_changed: true
    deps: [report.txt]
"""
# Notes its start and end in the file `events`, and passes on the hash of its input. SIGINT ends it with a message.
# A training that is endless ends if there is a file `released`.
STAGE = """\
root=${DVC_ROOT:-.}
events=$root/events
trap 'echo "stopped $1" >> $events; echo "interrupted: $1: stopped" >&2; exit 130' INT
echo "start $1" >> $events
case "$4" in
  fail) echo "warning: odd" >&2; echo "error: $1: no such luck" >&2; exit 2 ;;
  warn) echo "warning: odd" >&2 ;;
  crash) kill -9 $$ ;;
  slow) sleep 2 ;;
  endless) [ -e $root/released ] || sleep 300 ;;
  deaf) trap '' INT; sleep 300 ;;
  *) sleep 0.1 ;;
esac
mkdir -p "$(dirname "$2")"
echo "$1 $(md5sum < "$3")" > "$2.tmp"
mv "$2.tmp" "$2"
echo "end $1" >> $events
"""


# The same with our parameters, of which the smoothing of `count` says what a training does, and with the results that
# `makemore sweep` and `makemore repro --data` read.
MODES = {7: "fail", 8: "endless"}
DVC_YAML_OF_NAMES = """\
stages:
  prepare:
    cmd: sh stage.sh prepare artifacts/corpus ${data.path}
    deps: ["${data.path}"]
    params: [data]
    outs: [artifacts/corpus]
  train:
    foreach: ${variants}
    do:
      cmd: sh stage.sh train@${key} artifacts/models/${key} artifacts/corpus ${item.smoothing}
      params: ["variants.${key}"]
      deps: [artifacts/corpus]
      outs: ["artifacts/models/${key}"]
  evaluate:
    foreach: ${variants}
    do:
      cmd: sh evaluate.sh ${key} ${item.smoothing}
      deps: ["artifacts/models/${key}"]
      outs: ["reports/metrics/${key}.json": {cache: false}]
  report:
    cmd: cat reports/metrics/*.json > reports/report.html
    deps: [artifacts/models, reports/metrics]
    params: [variants]
    outs: [reports/report.html]
  track:
    cmd: 'echo "warning: MLflow is not up to date"'
    always_changed: true
    deps: [reports/report.html]
"""
EVALUATE = """\
echo "start evaluate@$1" >> ${DVC_ROOT:-.}/events
mkdir -p reports/metrics
split='"bits_per_char": 1, "perplexity": 9, "n_tokens": 5'
echo "{\\"model\\": \\"count\\", \\"n_params\\": 4, \\"train\\": {\\"nll\\": 2, $split}, \\"test\\": null,
  \\"dev\\": {\\"nll\\": 2.$2, $split, \\"nll_low\\": 2.0, \\"nll_high\\": 3.0}}" > reports/metrics/$1.json
"""


class Tiny:
    """A project in the folder `root`, with the given variants: name -> mode of its training."""

    def __init__(self, root: Path, variants: dict[str, str]) -> None:
        self.root = root
        root.mkdir(parents=True)
        (root / "dvc.yaml").write_text(DVC_YAML, encoding="utf-8")
        (root / "stage.sh").write_text(STAGE, encoding="utf-8")
        (root / "names.txt").write_text("emma\n", encoding="utf-8")
        self.set_variants(variants)
        for command in (["git", "init", "--quiet"], ["dvc", "init", "--quiet"]):
            self.run(*command)

    def set_variants(self, variants: dict[str, str]) -> None:
        """Replaces the variants in params.yaml."""
        values = {"variants": {name: {"mode": mode} for name, mode in variants.items()}}
        (self.root / "params.yaml").write_text(json.dumps(values), encoding="utf-8")

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Starts a command in a new process group, like a shell. Both streams go to `stdout`."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=child_environment("DVC_"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, status: int = 0) -> list[str]:
        """Runs a command and returns the lines of its output. Fails if its exit status is not `status`."""
        process = self.start(*command)
        output, _ = process.communicate()
        assert process.returncode == status, output
        return output.splitlines()

    @property
    def lock(self) -> str:
        """The text of dvc.lock."""
        return (self.root / "dvc.lock").read_text(encoding="utf-8")

    @property
    def events(self) -> list[str]:
        """What the stages have noted: "start STAGE", "end STAGE" and "stopped STAGE", in order."""
        path = self.root / "events"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def processes(self) -> dict[int, str]:
        """The processes that run in this project: pid -> command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "cwd").readlink() == self.root:
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(folder.name)] = line
            except OSError:  # it has ended, or belongs to somebody else
                continue
        return found

    def kill_all(self) -> None:
        """Ends what a failed test has left."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def wait_for(self, *events: str, seconds: float = 60.0) -> None:
        """Waits until the stages have noted these events."""
        deadline = time.monotonic() + seconds
        while not set(events) <= set(self.events):
            assert time.monotonic() < deadline, f"{events} are not among {self.events}"
            time.sleep(0.02)


class TinyNames(Tiny):
    """A project in the folder `root` with variants of `count` by their smoothing, which says what training does."""

    def __init__(self, root: Path, **smoothings: int) -> None:
        super().__init__(root, {})
        (root / "dvc.yaml").write_text(DVC_YAML_OF_NAMES, encoding="utf-8")
        modes = "".join(f"  {number}) mode={mode} ;;\n" for number, mode in MODES.items())
        stage = f'case "$4" in\n{modes}esac\n{STAGE}'.replace('case "$4" in\n  fail', 'case "$mode" in\n  fail')
        (root / "stage.sh").write_text(stage, encoding="utf-8")
        (root / "evaluate.sh").write_text(EVALUATE, encoding="utf-8")
        (root / ".gitignore").write_text("/artifacts/\n/reports/report.html\n/reports/experiments/\n/events\n")
        values = PARAMS.model_dump() | {
            "variants": {name: {"model": "count", "smoothing": number} for name, number in smoothings.items()},
            "ensembles": {},
            "students": {},
        }
        values["data"] |= {"path": "names.txt", "dev_path": "no-dev.txt"}
        shutil.copy(ROOT / "datasets/no-dev.txt", root)
        text = yaml.safe_dump(values, sort_keys=False)
        (root / "params.yaml").write_text(f"# A comment\n{text}", encoding="utf-8")
        self.run("git", "config", "user.name", "test")
        self.run("git", "config", "user.email", "test@example.org")
        self.run("makemore", "repro")
        self.commit()

    def add_make(self) -> None:
        """Adds our Makefile and what it needs, not in git."""
        for name in ("Makefile", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        make_environment(self.root / ".venv", "run", "dev")

    def commit(self) -> None:
        """Commits everything that git does not ignore."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "-m", "A commit")
