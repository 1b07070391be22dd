"""Every cell of docs/lectures.ipynb runs, and prints and draws what the file shows, to the last byte.

The last part of the notebook loads the committed models, so its cells run where the pipeline has run, as it has in CI.
"""

import pytest
from nbformat import NotebookNode

from makemore.core.layout import MODELS
from tests.conftest import ROOT
from tests.pipeline.notebook import TRAINED, execute, read

NOTEBOOK = ROOT / "docs/lectures.ipynb"
LONGEST_CELL = 6  # lines


def code_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells of code, by their id."""
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


COMMITTED = code_cells(read(NOTEBOOK))


def test_outputs_are_those_in_the_file() -> None:
    trained = (ROOT / MODELS / "gpt-modern").exists()
    computed = code_cells(execute(NOTEBOOK, trained))
    assert len(computed) == (len(COMMITTED) if trained else len(COMMITTED) - len(needing_training()))
    different = [name for name, cell in computed.items() if cell.outputs != COMMITTED[name].outputs]
    assert not different, f"after `make repro`, `make notebook` writes the outputs of {', '.join(different)}"


def needing_training() -> list[str]:
    """The ids of the cells that need what the pipeline has trained."""
    return [name for name, cell in COMMITTED.items() if TRAINED in cell.metadata.get("tags", [])]


@pytest.mark.parametrize("name", COMMITTED)
def test_cell_is_short_and_has_no_traces_of_a_run(name: str) -> None:
    cell = COMMITTED[name]
    assert len([line for line in cell.source.splitlines() if line]) <= LONGEST_CELL
    assert cell.execution_count is None
    assert str(ROOT) not in str(cell.outputs)
    assert {output.output_type for output in cell.outputs} <= {"stream", "execute_result"}
    assert all(output.get("name", "stdout") == "stdout" for output in cell.outputs)


def test_only_the_end_needs_training() -> None:
    """Whoever has not run the pipeline can read and run the notebook up to the cell that says so."""
    assert needing_training()
    assert [*COMMITTED][-len(needing_training()) :] == needing_training()
