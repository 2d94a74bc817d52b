"""Search in Chinese at volume, on the server: `python -m benchmarks.search [--cases N] [--rounds N]`.

The volume of `benchmarks.list`. Words that stand in every third text, in one of a hundred, in a handful and in none;
several words; a phone by its keyed hash; the beginning of a number; words with filters. Whole pages, with the words
marked and the place in the text where they stand.
"""

from __future__ import annotations

from benchmarks._volume import main

ADDRESSES = {
    "common": "/desk/cases/?q={common}",
    "usual": "/desk/cases/?q={usual}",
    "rare": "/desk/cases/?q={rare}",
    "none": "/desk/cases/?q={none}",
    "one-character": "/desk/cases/?q={character}",
    "two-words": "/desk/cases/?q={common}%20{usual}",
    "whole-sentence": "/desk/cases/?q={sentence}",
    "phone": "/desk/cases/?q={phone}",
    "number-begins": "/desk/cases/?q={beginning}",
    "external-number": "/desk/cases/?q={external}",
    "common-street": "/desk/cases/?q={common}&place={street}",
    "common-rare-unit": "/desk/cases/?q={common}&handler={rare_unit}",
    "usual-open": "/desk/cases/open/?q={usual}",
    "common-month": "/desk/cases/?q={common}&opened_from={first}&opened_to={last}",
}
OF_UNIT = {"unit-common": "/desk/cases/?q={common}", "unit-rare": "/desk/cases/?q={rare}"}

if __name__ == "__main__":
    main("search", {"jiexian": ADDRESSES, "chengban": OF_UNIT})
