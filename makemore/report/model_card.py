"""The model card of the champion, the variant with the lowest loss on dev: Markdown with metadata for Hugging Face.

The sections are those of Hugging Face's template (huggingface.co/docs/hub/model-cards), after "Model Cards for Model
Reporting" (Mitchell et al. 2018, arXiv:1810.03993). MLflow shows the text as the description of the model version.
"""

import ast
import inspect
import json
import math
import sys
from pathlib import Path
from typing import Any

import yaml

from makemore.core.params import Params
from makemore.core.results import SplitMetrics
from makemore.corpus.splits import SPLITS
from makemore.report.croissant import DataSet
from makemore.report.escape import markdown_table
from makemore.report.stage_outputs import Result
from makemore.report.story import Story
from makemore.report.templating import rendered
from makemore.statistics.names import HELD_OUT

SAMPLES_SHOWN = 8


def model_card(story: Story, params: Params, data: DataSet | None) -> str:
    """The card; `data` is the data set that the corpus is, if it is known."""
    best, path = story.best, Path(params.data.path)
    losses = {split: found for split in SPLITS if (found := best.metrics.on(split))}
    text = rendered(
        "model-card.md.j2",
        story=story,
        best=best,
        card=story.card,
        idea=_idea(best),
        tied=story.ranking.groups[0][1:],
        losses=losses,
        data=data,
        path=path.name if path.is_absolute() else params.data.path,  # the rest may have the name of a user
        samples=best.names[:SAMPLES_SHOWN],
        parameters=_parameters(best, params),
    )
    metadata = yaml.safe_dump(_metadata(best, losses, params, data), sort_keys=False, allow_unicode=True)
    return f"---\n{metadata}---\n{text}"


def _idea(result: Result) -> str:
    """The first line of the model's file, which says what it is. `python -OO` has no docstrings, so it is read."""
    source = inspect.getsource(sys.modules[type(result.model).__module__])
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def _parameters(result: Result, params: Params) -> str:
    """The parameters that the champion was trained with, as a table."""
    own = result.model.config.model_dump()
    own |= {"members": ", ".join(own["members"])} if "members" in own else {}
    compute = {f"compute.{name}": value for name, value in params.compute.model_dump().items()}
    shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in (own | compute).items()}
    return markdown_table([["parameter", "value"], *([name, value] for name, value in shown.items())])


def _metadata(result: Result, losses: dict[str, SplitMetrics], params: Params, data: DataSet | None) -> dict[str, Any]:
    """What Hugging Face reads: huggingface.co/docs/hub/model-cards#model-card-metadata."""
    path = Path(params.data.path)
    dataset = {"name": data.name if data else path.name, "type": path.stem}
    return {
        **_license(data),
        **({"language": data.language} if data and data.language else {}),
        "library_name": "pytorch",
        "pipeline_tag": "text-generation",
        "tags": ["makemore", "character-level", result.metrics.model],
        "model-index": [
            {
                "name": result.variant,
                "results": [
                    {
                        "task": {"type": "text-generation"},
                        "dataset": dataset | {"split": split},
                        "metrics": [
                            {"type": "nll", "name": "nats per symbol", "value": round(found.nll, 4)},
                            {"type": "perplexity", "value": round(found.perplexity, 3)},
                        ],
                    }
                    for split, found in losses.items()
                    if split in HELD_OUT and math.isfinite(found.nll)
                ],
            }
        ],
    }


def _license(data: DataSet | None) -> dict[str, str]:
    """The licence of the data, which the weights contain; that of the code is in the text."""
    if data is None:
        return {"license": "unknown"}
    if data.license_id:
        return {"license": data.license_id.lower()}
    return {"license": "other", "license_name": "licence-of-the-data", "license_link": data.license}
