"""The crosswalk between our things and the identifiers of other data sets."""

from aidtrace.crosswalk.matches import COLUMNS, Crosswalk, Match, crosswalk, queries
from aidtrace.crosswalk.sssom import from_sssom, to_sssom

__all__ = ["COLUMNS", "Crosswalk", "Match", "crosswalk", "from_sssom", "queries", "to_sssom"]
