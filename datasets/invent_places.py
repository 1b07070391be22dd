"""Writes places.txt: invented names of places in two scripts, Latin and Greek, with capitals and spaces.

    python datasets/invent_places.py

A place is a stem and an ending, sometimes after a word such as "Upper". All parts were made up for this project; that
some place has such a name is a coincidence. A test checks that places.txt is what this script writes.
"""

import random
from pathlib import Path

PLACES = Path(__file__).with_name("places.txt")
LATIN = (
    "Upper Lower North South Old New Great Little",
    "Brin Keld Thor Wren Ash Marl Hol Fen Dun Crox Stan Elm Hart Pend Wick Ald Bram Cul Dray Eller Fair Glen Hax Inver "
    "Kirk Lang Mell Nor Ox Pel Quen Rag Selk Tarn Ulver Wax Yar Birk Cold Dar",
    "dale ton ham ford ley wick by thorpe mouth bridge combe field worth stead minster beck mere hurst gate well",
)
GREEK = (
    "Άνω Κάτω Νέα Παλαιά Μικρή Μεγάλη",
    "Καλυ Μαρα Θολο Πετρι Δρυμο Λευκο Αμπελ Κερα Σταυρο Βαλτο Πλατα Ξηρο Γλυκο Ροδο Νερο Φιλο",
    "νέα χώρι βούνι πόταμος λίμνη κάμπος ράχη πηγή σπηλιά δάσος",
)
COUNTS = ((LATIN, 600), (GREEK, 300))
WITH_WORD = 0.25  # the fraction of places with a word before them


def places() -> str:
    """The text of places.txt: distinct names, sorted, one per line."""
    found: set[str] = set()
    chance = random.Random(1)  # noqa: S311
    for parts, count in COUNTS:
        words, stems, endings = (part.split() for part in parts)
        names: set[str] = set()
        while len(names) < count:
            name = chance.choice(stems) + chance.choice(endings)
            names.add(f"{chance.choice(words)} {name}" if chance.random() < WITH_WORD else name)
        found |= names
    return "".join(f"{name}\n" for name in sorted(found))


if __name__ == "__main__":
    PLACES.write_text(places(), encoding="utf-8", newline="\n")
