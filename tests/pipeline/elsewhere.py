"""Commands on the pages that tests/pipeline/test_docs.py does not type, and who runs them instead.

They take minutes, need another machine, or would change this one. Each names a file, a test or what CI runs, and the
text in it that runs the command, perhaps with other values.
"""

from typing import NamedTuple


class Elsewhere(NamedTuple):
    """A file, and the text in it that runs a command."""

    file: str
    text: str


QUICK = Elsewhere(".ci/run", "\nmake quick\n")
SLOW = Elsewhere(".ci/run", "\nmake slow\n")  # `make test` is `make quick` and `make slow`
SOAK = Elsewhere(".github/workflows/nightly.yml", "run: make soak\n")
UV_VENV = Elsewhere(".github/workflows/ci.yml", "run: uv venv\n")
UV_PACKAGES = Elsewhere(".github/workflows/ci.yml", "run: uv pip install --requirement requirements-dev.lock\n")
UV_OURS = Elsewhere(".github/workflows/ci.yml", "run: uv pip install --no-deps --editable .\n")
UV_TESTS = Elsewhere(".github/workflows/ci.yml", "run: .venv/bin/pytest tests/unit\n")
SETUP = Elsewhere(".github/workflows/ci.yml", "run: make setup\n")
DOWNLOAD = Elsewhere(".github/workflows/ci.yml", "https://raw.githubusercontent.com/karpathy/makemore/988aa59e4d")
MD5 = Elsewhere(".github/workflows/ci.yml", "401b3c4cac9e28a586ed15e81256680d")
NAMES = Elsewhere(".github/workflows/ci.yml", "MAKEMORE_NAMES=")
OWN_DATA = Elsewhere("tests/pipeline/test_own_data.py", '"makemore", "repro", "--data"')
OWN_DATA_MAKE = Elsewhere("tests/pipeline/test_own_data.py", '"make", "repro", f"DATA={file}"')
APPLY = Elsewhere("tests/pipeline/test_own_data.py", '"dvc", "exp", "apply"')
RESTORE = Elsewhere("tests/pipeline/test_own_data.py", '"git", "restore", "params.yaml", "dvc.lock", "reports"')
REMOVE = Elsewhere("tests/pipeline/test_own_data.py", '"dvc", "exp", "remove"')
SWEEP = Elsewhere("tests/pipeline/test_sweep.py", '"makemore", "sweep", "rate", "--set"')
SWEEP_MAKE = Elsewhere("tests/pipeline/test_sweep.py", '"make", "sweep", "NAME=rate"')
TABLE = Elsewhere("tests/pipeline/test_sweep.py", '"makemore", "sweep", "rate")')
PUSH = Elsewhere("tests/pipeline/test_sweep.py", '"dvc", "exp", "push", "origin"')
PULL = Elsewhere("tests/pipeline/test_sweep.py", '"dvc", "exp", "pull", "origin"')
GPU = Elsewhere("tests/gpu/trained.py", '"device": device')
ATTEST = Elsewhere("tests/pipeline/test_verify.py", '"makemore", "verify", "--attest"')
CHECK = Elsewhere("tests/pipeline/test_verify.py", '"makemore", "verify", "HEAD", "--check"')
VERIFY = Elsewhere("tests/pipeline/test_verify.py", '"makemore", "verify", "HEAD"')
HOSTS = Elsewhere("tests/nightly/test_hosts.py", "--nnodes=2 --nproc-per-node=2 --master-addr=")
TEAM = Elsewhere("tests/nightly/test_team.py", '"--app-name", "basic-auth", "--backend-store-uri"')
DATABASE = Elsewhere("tests/nightly/test_team.py", '"initdb", "-D", data, "-U", "mlflow"')
PERSON = Elsewhere("tests/nightly/test_team.py", "MLFLOW_TRACKING_USERNAME")
UPGRADE = Elsewhere("tests/nightly/test_upgrade.py", '"mlflow", "db", "upgrade"')

# page -> a command without its comment, or its beginning and ... -> who runs it
ELSEWHERE: dict[str, dict[str, Elsewhere]] = {
    "README.md": {
        "make repro": Elsewhere(".ci/run", "\nmake repro\n"),
        "make repro DATA=mine.txt": OWN_DATA_MAKE,
        "make test": SLOW,
    },
    "CONTRIBUTING.md": {
        "make setup": SETUP,
        "uv venv": UV_VENV,
        "uv pip install --requirement requirements-dev.lock": UV_PACKAGES,
        "uv pip install --no-deps --editable .": UV_OURS,
        ".venv/bin/pytest tests/unit": UV_TESTS,
        "make quick": QUICK,
        "make slow": SLOW,
        "make test": SLOW,
        "make soak": SOAK,
    },
    "datasets/README.md": {
        "dvc get-url https://raw.githubusercontent.com/...": DOWNLOAD,
        "md5sum datasets/makemore-names.txt": MD5,
        "MAKEMORE_NAMES=datasets/makemore-names.txt make test": NAMES,
    },
    "docs/cli.md": {
        "makemore repro --data mine.txt": OWN_DATA,
        "makemore verify": VERIFY,
        "makemore verify --attest it.json": ATTEST,
        "makemore sweep rate -S 'variants.gpt.lr=choice(0.002,0.004)'": SWEEP,
    },
    "docs/remote.md": {"dvc exp push origin": PUSH},
    "docs/reproducibility.md": {
        "makemore verify --attest attest.json": ATTEST,
        "makemore verify --check attest.json": CHECK,
    },
    "docs/scaling.md": {
        "dvc exp run -S compute.device=cuda": GPU,
        'export MAKEMORE_TORCHRUN="--nnodes=2 --node-rank=0 ...': HOSTS,
        "dvc repro train@gpt-modern": HOSTS,
        'export MAKEMORE_TORCHRUN="--nnodes=2 --node-rank=1 ...': HOSTS,
        "python -m stages train gpt-modern": HOSTS,
        "#!/bin/bash...": HOSTS,  # for Slurm, which we have not: what comes after srun is what two hosts run
    },
    "docs/sweeps.md": {
        "make sweep NAME=...": SWEEP_MAKE,
        "makemore sweep rate --set ...": SWEEP,
        "makemore sweep rate": TABLE,
        "export MLFLOW_TRACKING_URI=https://mlflow.example.org": PERSON,
        "dvc exp push origin low && ...": PUSH,
        "dvc exp pull origin low high && ...": PULL,
    },
    "docs/tracking.md": {
        "sudo -u postgres createuser ...": DATABASE,
        "export MLFLOW_AUTH_CONFIG_PATH=...": TEAM,
        "export MLFLOW_AUTH_ADMIN_PASSWORD=...": TEAM,
        "mlflow server ...": TEAM,
        "export MLFLOW_TRACKING_URI=https://mlflow.example.org": PERSON,
        "export MLFLOW_TRACKING_USERNAME=...": PERSON,
        "pg_dump mlflow ...": UPGRADE,
        "mlflow db upgrade postgresql://...": UPGRADE,
    },
    "docs/tutorial.md": {"make verify": VERIFY},
    "docs/your-data.md": {
        "make repro DATA=mine.txt": OWN_DATA_MAKE,
        "dvc exp apply mine": APPLY,
        "git restore params.yaml dvc.lock reports && dvc checkout": RESTORE,
        "dvc exp remove mine": REMOVE,
    },
}


def elsewhere(page: str, line: str) -> str:
    """The entry of the table for a command of a page; empty if the command is typed."""
    command = line.partition("  #")[0].rstrip()
    for entry in ELSEWHERE.get(page, {}):
        if command == entry or (entry.endswith("...") and command.startswith(entry.removesuffix("..."))):
            return entry
    return ""
