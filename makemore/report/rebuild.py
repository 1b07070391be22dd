"""Where the results of a report come from: what a reader needs to find their commit and to rebuild them.

The report itself is an output that DVC hashes, so it cannot contain the commit it belongs to. But dvc.lock has the hash
of the weights of every variant, and git finds the commit that recorded a hash.
"""

from dataclasses import dataclass

from makemore.core.files import file_md5
from makemore.core.layout import MODELS, WEIGHTS_FILE
from makemore.core.params import Params


@dataclass(frozen=True)
class Origin:
    """torch, determinism: from params.yaml; weights: the md5 of the weights of each variant, as in dvc.lock."""

    torch: str
    determinism: str
    weights: dict[str, str]

    @classmethod
    def of(cls, params: Params) -> "Origin":
        """The origin of the results in the current folder, whose models have been read."""
        weights = {variant: file_md5(MODELS / variant / WEIGHTS_FILE) for variant in params.variants}
        return cls(params.compute.torch, params.compute.determinism, weights)
