"""Names for property tests: what `prepare` accepts, in any script, in Unicode normal form C."""

import unicodedata

from hypothesis import strategies as st

_CHARACTERS = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], exclude_characters=".")
NAME = (
    st.text(_CHARACTERS, min_size=1, max_size=12)
    .map(lambda text: unicodedata.normalize("NFC", text.strip()))
    .filter(bool)
)
NAMES = st.lists(NAME, min_size=1)
