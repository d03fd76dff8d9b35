"""Search in names, identifiers and texts, folded (`aidtrace.folding`), in an index of SQLite (FTS5) beside a store.

The rows lie in the order in which they are found: names first, then identifiers, then what is gathered of a thing that
a passage tells of, then texts; of each, facts before what is said about facts, and the shortest first. A search
therefore ends with the first rows that match, however many there are. Where no row has all words, those with most of
them can be found (`nearest`).
"""

from aidtrace.searching.asking import LITTLE, Found, nearest, search
from aidtrace.searching.index import build, place

__all__ = ["LITTLE", "Found", "build", "nearest", "place", "search"]
