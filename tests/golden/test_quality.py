"""The quality of the better GPT of params.yaml on the 32,033 names (MAKEMORE_NAMES): one full training, a minute."""

from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models.base.catalog import parse_config
from makemore.training.fit import fit
from tests.conftest import PARAMS


def test_dev_nll_of_gpt_modern_on_our_split(split_list: Corpus) -> None:
    """With 20 % more steps, because there are four times as many names. The unchanged variant reaches 2.000."""
    values = PARAMS.variants["gpt-modern"] | {"steps": 3000}
    model, _ = fit(parse_config("gpt-modern", values), split_list, "gpt-modern")
    assert likelihood(model, split_list.names["dev"]).mean() <= 2.0
