"""What people read in MLflow: the note at the top of a run, and the description of a model version; both in Markdown.

**gpt**: dev NLL 2.0499 nats per symbol (95% interval 2.0164 to 2.0836). GPT: a decoder-only transformer, in ...
From commit 0123456789 with uncommitted changes. DVC has artifacts/models/gpt/weights.safetensors as 6f1ed002...
Look at curve/dev_nll (Model metrics), and at report/report.html (Artifacts) for all variants.
"""

import ast

from makemore.core.files import damaged, read_text
from makemore.core.layout import MODEL_CARD, PACKAGE, WEIGHTS_FILE
from makemore.core.yaml import parse_yaml
from makemore.tracking.variant import TrackedVariant

LONGEST = 5000  # characters of a description, in MLflow's databases
CUT = f"\n\n(The rest is in {MODEL_CARD}.)\n"


def note(results: TrackedVariant, tags: dict[str, str]) -> str:
    """The note of a run with `results`: what it is and how good, and where it came from, as its `tags` say."""
    numbers = results.numbers()
    quality = f"dev NLL {numbers['dev.nll']:.4f} nats per symbol"
    if "dev.nll_low" in numbers:
        quality += f" (95% interval {numbers['dev.nll_low']:.4f} to {numbers['dev.nll_high']:.4f})"
    weights = (results.model / WEIGHTS_FILE).as_posix()
    return (
        f"**{results.variant}**: {quality}. {_idea(str(results.params['model']))}  \n"  # two spaces: a line break
        f"From {_origin(tags)}. DVC has {weights} as {results.outputs[weights]}.  \n"
        "Look at curve/dev_nll (Model metrics), and at report/report.html (Artifacts) for all variants."
    )


def _idea(model: str) -> str:
    """The first line of the model's file, which says what it is. It is not imported, because torch takes seconds."""
    path = PACKAGE / "models" / f"{model}.py"
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def _origin(tags: dict[str, str]) -> str:
    """The commit and the experiment that a run's tags name, see lineage.py."""
    if "git.commit" not in tags:
        return "a folder without git"
    changes = " with uncommitted changes" if tags.get("git.dirty") == "true" else ""
    experiment = f", experiment {tags['dvc.experiment']}" if "dvc.experiment" in tags else ""
    return f"commit {tags['git.commit'][:10]}{changes}{experiment}"


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
