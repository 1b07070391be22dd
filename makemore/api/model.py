"""A trained model in your hands: it samples names, scores them, and says what comes next.

    >>> model.sample(3, prefix="mar")
    >>> model.nll(["emma", "xqz"])
    >>> model.next("mar").head(3)

Every number is a float64 in a pandas Series. Losses are in nats per predicted symbol; the end of a name is a symbol.
"""

import html
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makemore.core import determinism
from makemore.core.curve import COLUMNS, Point, write_curve
from makemore.core.errors import UserError
from makemore.core.layout import CURVE_FILE
from makemore.core.params import SampleParams, parse_section
from makemore.corpus.corpus import Corpus
from makemore.evaluation import score, score_symbols
from makemore.models.base import catalog
from makemore.models.base.catalog import AnyModel
from makemore.project.defaults import default_params
from makemore.sampling import next_probabilities, stream, stream_chosen

if TYPE_CHECKING:  # the methods that need pandas import it, because it takes half a second
    import pandas as pd

_NAMES_SHOWN = 8  # in a notebook


class TrainedModel:
    """A model, as `makemore.load` and `makemore.fit` return it. It can be pickled, for example for other processes.

    name: of the variant
    defaults: how names are sampled unless `sample` is told otherwise
    source: where it came from, such as "artifacts/models/gpt"
    module: the `torch.nn.Module`: tokens int64 (batch, time) to logits float32 (batch, time, vocabulary)
    """

    def __init__(
        self,
        module: AnyModel,
        name: str,
        source: str,
        defaults: SampleParams,
        curve: Sequence[Point] = (),
        corpus: Callable[[], Corpus] | None = None,
    ) -> None:
        """corpus: reads the names of its corpus."""
        self.module, self.name, self.source = module, name, source
        self.defaults, self._curve, self._read_corpus = defaults, curve, corpus

    @property
    def config(self) -> dict[str, Any]:
        """Its parameters, as in params.yaml."""
        config: dict[str, Any] = self.module.config.model_dump()
        return config

    @property
    def n_params(self) -> int:
        """The number of values that it stores; for a model that counts, the size of its tables."""
        return self.module.n_params

    @property
    def vocabulary(self) -> list[str]:
        """The symbols that it reads and writes; the first is the end marker."""
        return list(self.module.vocabulary.symbols)

    @property
    def curve(self) -> "pd.DataFrame":
        """Its training curve: step, train_nll and dev_nll in nats per symbol, lr. Empty if it is not known."""
        import pandas as pd

        return pd.DataFrame(self._curve, columns=list(COLUMNS))

    def sample(
        self,
        n: int = 10,
        *,
        prefix: str | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        max_length: int | None = None,
        batch_size: int | None = None,
        seed: int | None = None,
        only_new: bool = False,
        distinct: bool = False,
    ) -> list[str]:
        """`n` names. The same arguments give the same names, and a smaller `n` the first of them.

        prefix: what every name starts with
        temperature: below 1 for more likely names, above 1 for more unusual ones, 0 for the most likely symbols
        top_k: sample from the k most likely symbols only; 0 for no limit
        top_p: sample from the fewest symbols that have this probability together, 0 < top_p <= 1
        max_length: names are cut at this number of characters
        batch_size: names sampled at a time; with 1, symbols are drawn in the order of the lectures
        seed: of the random numbers, 0 <= seed < 2 ** 32
        only_new: leave out names that are in the corpus
        distinct: leave out repeats

        What is None is as in the section `sample` of params.yaml, or as in the one that was logged with the model.

        Raises UserError for values out of range, a prefix with an unknown character, and if there are too few names
        that are new or distinct.
        """
        given = {
            "names": n,
            "prefix": prefix,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "max_length": max_length,
            "batch_size": batch_size,
            "seed": seed,
        }
        return list(self.stream(given, only_new, distinct))

    def stream(self, settings: dict[str, Any], only_new: bool = False, distinct: bool = False) -> Iterator[str]:
        """The names of `sample`, as soon as they are sampled.

        settings: values for the section `sample` of params.yaml; what is missing or None is as there
        """
        chosen = {name: value for name, value in settings.items() if value is not None}
        params = parse_section(SampleParams, self.defaults.model_dump() | chosen, "sample")
        if not only_new and not distinct:
            return stream(self.module, params)
        return stream_chosen(self.module, params, self._corpus() if only_new else None, distinct)

    def nll(self, names: str | Sequence[str]) -> "pd.Series[float]":
        """The NLL of each of `names`, in nats per symbol: a Series with the names as its index, in their order.

        Raises UserError for a character that is not in the vocabulary, and for a name that is too long for the model.
        """
        import pandas as pd

        names = [names] if isinstance(names, str) else list(names)
        return pd.Series(score(self.module, names), index=names, name="nll", dtype="float64")

    def nll_by_symbol(self, name: str) -> "pd.Series[float]":
        """What each symbol of `name` costs, in nats: a Series with the symbols as its index, the end marker last.

        Raises UserError like `nll`.
        """
        import pandas as pd

        (costs,) = score_symbols(self.module, [name])
        symbols = self.module.vocabulary.encode(name)
        return pd.Series(costs, index=[self.vocabulary[token] for token in [*symbols, 0]], name="nll")

    def next(self, prefix: str = "") -> "pd.Series[float]":
        """The probability of each symbol after `prefix`: a Series with the symbols as its index, the likeliest first.

        Raises UserError for a character that is not in the vocabulary.
        """
        import pandas as pd

        probabilities = next_probabilities(self.module, prefix).double().tolist()
        found = pd.Series(probabilities, index=self.vocabulary, name="probability")
        return found.sort_values(ascending=False, kind="stable")

    def save(self, folder: str | Path) -> None:
        """Writes config.json, weights.safetensors and, if it is known, history.csv; `makemore.load` reads the folder.

        Raises FileError if the system refuses.
        """
        catalog.save(self.module, Path(folder))
        if self._curve:
            write_curve(Path(folder) / CURVE_FILE, self._curve)

    def _corpus(self) -> Corpus:
        if self._read_corpus is None:
            raise UserError(f"which names are new is only known with the corpus, and {self.source} comes without it")
        return self._read_corpus()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """In the process that unpickles it, torch computes the same bytes as where `load` or `fit` was called."""
        self.__dict__.update(state)
        determinism.configure(default_params().compute)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.config['model']} with {self.n_params:,} parameters, from {self.source}>"

    def _repr_html_(self) -> str:
        """A table for notebooks: what it is, and a few names."""
        rows = {
            "model": self.config["model"],
            "parameters": f"{self.n_params:,}",
            "from": self.source,
            "symbols": "".join(self.vocabulary),
            "names": ", ".join(self.sample(_NAMES_SHOWN)),
        }
        if self._curve:
            rows["best dev NLL in training"] = f"{min(point.dev_nll for point in self._curve):.4f} nats per symbol"
        cells = "".join(f"<tr><th>{key}</th><td>{html.escape(value)}</td></tr>" for key, value in rows.items())
        return f"<table><caption>{html.escape(self.name)}</caption>{cells}</table>"
