"""What other data sets say of the facts: agrees, differs, cannot be compared, is silent, or does not cover them."""

from aidtrace.corroboration.cells import OUTCOMES, Cell, Corroboration, chosen, corroborate
from aidtrace.corroboration.reading import (
    DATA_SETS,
    CodingQuery,
    Material,
    coding_queries,
    facts_query,
    read_material,
    sets_query,
)

__all__ = [
    "DATA_SETS",
    "OUTCOMES",
    "Cell",
    "CodingQuery",
    "Corroboration",
    "Material",
    "chosen",
    "coding_queries",
    "corroborate",
    "facts_query",
    "read_material",
    "sets_query",
]
