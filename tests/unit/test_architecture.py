"""The design as rules: which part of makemore may import which, and what every file has in common.

The import graph is read from the source, with the imports inside functions and without those for type checking only.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODELS = "models.<name>"  # each file in makemore/models
# The parts of makemore from bottom to top, and the parts that each one imports: exactly these, and only lower ones.
ARROWS: dict[str, set[str]] = {
    "arithmetic": set(),
    "core": {"arithmetic"},
    "commands": {"core"},
    "corpus": {"core"},
    "models.base": {"arithmetic", "core", "corpus"},
    MODELS: {"arithmetic", "core", "corpus", "models.base"},
    "preparation": {"core", "corpus"},
    "evaluation": {"arithmetic", "core", "corpus", "models.base"},
    "statistics": {"core", "corpus"},
    "combining": {"core", "corpus", "evaluation", "models.base", MODELS},
    "sampling": {"arithmetic", "core", "corpus", "models.base"},
    "training": {"arithmetic", "core", "corpus", "models.base", MODELS, "evaluation"},
    "report": {"arithmetic", "core", "corpus", "models.base", "sampling", "statistics"},
    "tracking": {"commands", "core", "corpus", "training"},
    "serving": {"core", "evaluation", "models.base", "sampling"},
    "revisions": {"commands", "core"},
    "comparing": {"core", "corpus", "report", "revisions", "statistics"},
    "verification": {"commands", "core", "revisions"},
    "pipeline": {"commands", "core"},
    "project": {
        *("commands", "core", "corpus", "models.base", "preparation", "revisions", "tracking", "training"),
        "verification",
    },
    "experiments": {"commands", "core", "models.base", "pipeline", "project", "report", "revisions"},
    "api": {
        *("core", "corpus", "evaluation", "models.base", "preparation", "project", "revisions", "sampling", "tracking"),
        "training",
    },
    "cli": {
        *("api", "comparing", "core", "evaluation", "experiments", "pipeline", "project", "report", "sampling"),
        *("tracking", "verification"),
    },
}
ROOTS = ("makemore", "makemore.models")  # packages whose __init__.py everything below them loads

PATHS = sorted(path for folder in ("makemore", "stages") for path in (ROOT / folder).rglob("*.py"))
LONGEST_FILE = 280  # lines


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in PATHS}
OURS = [name for name in SOURCES if name.split(".")[0] == "makemore"]


def imported_names(node: ast.AST) -> Iterator[str]:
    """What a module imports anywhere: `a.b` for `import a.b`, and `a.b` for `from a import b`."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        children: list[ast.AST] = list(node.orelse)
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    elif isinstance(node, ast.ImportFrom):
        assert node.module is not None, "no relative imports"
        assert node.level == 0, "no relative imports"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
        return
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from imported_names(child)


IMPORTS = {name: set(imported_names(source)) for name, source in SOURCES.items()}


def imported_modules(module: str) -> set[str]:
    """The modules of ours that `module` imports. `from a import b` imports a.b if that is a module, and a otherwise."""
    names = {name if name in SOURCES else name.rpartition(".")[0] for name in IMPORTS[module]}
    return names & SOURCES.keys()


GRAPH = {module: imported_modules(module) for module in OURS}


def part_of(module: str) -> str:
    """The part of makemore that a module belongs to."""
    _, first, *rest = [*module.split("."), ""]
    if first == "models" and rest[0] != "base":
        return MODELS
    return "models.base" if first == "models" else first


def importers(*packages: str) -> set[str]:
    """The modules, of makemore and stages, that import one of these packages."""
    return {module for module, names in IMPORTS.items() if {name.split(".")[0] for name in names} & {*packages}}


def test_import_graph_has_no_cycles() -> None:
    TopologicalSorter(GRAPH).prepare()


def test_parts_import_exactly_the_parts_in_the_table() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for module in set(OURS) - set(ROOTS):
        found[part_of(module)] |= {part_of(other) for other in GRAPH[module] if other not in ROOTS}
    assert {part: others - {part} for part, others in found.items()} == ARROWS


def test_arrows_point_down() -> None:
    order = list(ARROWS)
    upwards = [(part, other) for part in order for other in ARROWS[part] if order.index(other) >= order.index(part)]
    assert not upwards


def test_models_do_not_import_each_other() -> None:
    models = {module for module in OURS if part_of(module) == MODELS and module not in ROOTS}
    assert len(models) > 5
    assert not {(model, other) for model in models for other in GRAPH[model] & models}


@pytest.mark.parametrize("root", ROOTS)
def test_root_packages_import_nothing(root: str) -> None:
    """Every stage loads them. The API of `makemore` is loaded when it is used, by name (importlib)."""
    assert not imported_modules(root)
    assert IMPORTS[root] <= {"importlib", "typing.TYPE_CHECKING"}


def test_only_tracking_and_serving_import_mlflow() -> None:
    assert {part_of(module) for module in importers("mlflow")} == {"serving", "tracking"}


def test_only_the_pages_import_the_chart_library() -> None:
    assert {part_of(module) for module in importers("altair", "vl_convert")} == {"report"}


def test_library_imports_neither_stages_nor_tests_nor_benchmarks() -> None:
    assert not [module for module in importers("stages", "tests", "benchmarks") if module in OURS]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_file_has_a_docstring_and_is_short(path: Path) -> None:
    assert ast.get_docstring(SOURCES[module_name(path)])
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_imports_inside_functions_count_and_those_for_type_checking_do_not() -> None:
    source = """
import a.b as c
from d import e, f
if TYPE_CHECKING:
    import g
if typing.TYPE_CHECKING:
    import h
else:
    import i
def function():
    class C:
        from j import k
"""
    assert set(imported_names(ast.parse(source))) == {"a.b", "d.e", "d.f", "i", "j.k"}
