"""estimate: checks that every variant fits this corpus and this machine, before any of them is trained.

Some limits depend on both the parameters and the corpus, such as the size of a table of all pairs of symbols. Without
this stage, a variant would fail only when its turn comes, after others have been trained.
"""

from makemore.core.corpus import Corpus
from makemore.core.files import write_text
from makemore.core.layout import CORPUS, ESTIMATED
from makemore.core.params import Params
from makemore.estimates import Sizes, check_variants


def run(params: Params) -> None:
    check_variants(params, Sizes.of(Corpus.load(CORPUS)))
    # Always the same text, as in check: train waits for this file, but does not rerun when other variants change.
    write_text(ESTIMATED, "all variants fit\n")
