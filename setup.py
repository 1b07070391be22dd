"""Adds to the wheel the files of this repository that `makemore init` copies. Everything else is in pyproject.toml.

They lie outside the package, and setuptools has no option for such files.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHARED = Path("makemore/project/shared.txt").read_text(encoding="utf-8").split()


class BuildWithProject(build_py):
    """Copies the files to makemore/project/repository. An editable installation finds them where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for path in (path for pattern in SHARED for path in Path().glob(pattern)):
                target = Path(self.build_lib, "makemore/project/repository", path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)


setup(cmdclass={"build_py": BuildWithProject})
