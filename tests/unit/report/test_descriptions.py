"""Every model is described, and has a picture."""

from makemore.models.base import catalog
from makemore.report.descriptions import DESCRIPTIONS
from makemore.report.pictures import picture


def test_every_model_has_a_description_and_a_picture() -> None:
    """A new model needs an entry in makemore/report/descriptions.py, in the order of the story."""
    assert sorted(DESCRIPTIONS) == catalog.names()
    pictures = {picture(name) for name in DESCRIPTIONS}
    assert len(pictures) == len(DESCRIPTIONS)
    assert all(len(description.text.split(". ")) == 2 for description in DESCRIPTIONS.values())
