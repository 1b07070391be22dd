"""Character-level language models of names: the library behind the DVC stages, and a Python API (docs/python.md).

    import makemore
    model = makemore.load("gpt-modern")
    model.sample(5, prefix="mar")

Importing this package loads nothing else: every stage imports it, and some have to set torch's environment first. The
API, makemore/api, is loaded when one of its names is first used.

To read the code, start with `corpus/corpus.py` (what a name is to a model), then `models/base/model.py` (what a model
is), then any model.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from makemore.api import DataCheck, TrainedModel, UserError, check_data, fit, load

    __version__: str

__all__ = ["DataCheck", "TrainedModel", "UserError", "check_data", "fit", "load"]

if not TYPE_CHECKING:  # type checkers see the imports above

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version("reproducible-makemore")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module("makemore.api"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "__version__"})
