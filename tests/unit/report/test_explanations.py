"""What the report knows of each model."""

from makemore.models.base import catalog
from makemore.report.explanations import EXPLANATIONS, explained, twins


def test_every_model_has_a_description_a_picture_and_a_twin() -> None:
    """A new model needs an entry in makemore/report/explanations.py, in the order of the story, and twins/NAME.js.

    tests/browser/test_twins.py compares the twins with Python.
    """
    assert sorted(EXPLANATIONS) == list(twins()) == catalog.names()
    assert len({explained(name).picture for name in EXPLANATIONS}) == len(EXPLANATIONS)
    assert all(len(explanation.text.split(". ")) == 2 for explanation in EXPLANATIONS.values())
    for name, path in twins().items():
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"// Twin of makemore/models/{name}.py: ")
        assert f"\ntwins.{name} = " in text


def test_model_that_is_not_explained_has_its_name_as_title() -> None:
    found = explained("new")
    assert (found.title, found.text) == ("new", "")
    assert 'aria-label="the symbols so far, and the next one"' in found.picture
