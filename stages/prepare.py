"""prepare: the file of names -> vocabulary, names of each split as tokens, bigram counts, data card."""

import sys

from makemore.core.files import read_text
from makemore.core.layout import CHECKED
from makemore.core.params import Params
from makemore.preparation.prepare import prepare


def run(params: Params) -> None:
    read_text(CHECKED)  # fails if check has not run
    if skipped := prepare(params.data, params.sample.prefix):
        print(f"warning: {skipped:,} bad lines were left out (data.skip_bad)", file=sys.stderr)
