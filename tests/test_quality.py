"""How good the better GPT of params.yaml is on the 32,033 names (MAKEMORE_NAMES): one full training, about a minute."""

from makemore.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models import parse_config
from makemore.training import train
from tests.conftest import PARAMS


def test_dev_nll_of_the_modern_gpt_on_our_split(split_list: Corpus) -> None:
    """With a fifth more steps, since there are four times the names; as it stands it has 2.000 (docs/models.md)."""
    values = PARAMS.variants["gpt-modern"] | {"steps": 3000}
    model, _ = train(parse_config("gpt-modern", values), split_list, "gpt-modern")
    assert likelihood(model, split_list.rows["dev"]).mean() <= 2.0
