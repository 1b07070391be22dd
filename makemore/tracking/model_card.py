"""The model card as the description of a version of the registered model, which MLflow's UI shows as Markdown."""

from makemore.core.files import damaged, read_text
from makemore.core.layout import MODEL_CARD
from makemore.core.yaml import parse_yaml

LONGEST = 5000  # characters, in MLflow's databases
CUT = f"\n\n(The rest is in {MODEL_CARD}.)\n"


def description(variant: str) -> str:
    """The model card without its metadata, cut if it is too long; empty if it is about another variant.

    Raises UserError if the card is missing or damaged.
    """
    try:
        _, metadata, text = read_text(MODEL_CARD).split("---\n", 2)
        about = parse_yaml(metadata.encode())["model-index"][0]["name"]
    except (ValueError, LookupError, TypeError):
        raise damaged(MODEL_CARD, "its metadata does not say which variant it is about") from None
    if about != variant:
        return ""
    return text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT
