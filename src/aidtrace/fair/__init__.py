"""Whether others can find, reach, read and reuse what a server publishes: checks of FOOPS! and of the RDA's model."""

from aidtrace.fair.checks import FAILS, PASSES, UNANSWERED, Check, Result, assess
from aidtrace.fair.foops import FOOPS
from aidtrace.fair.formats import to_json, to_text
from aidtrace.fair.maturity import MATURITY
from aidtrace.fair.site import Site

CHECKS = (*FOOPS, *MATURITY)

__all__ = ["CHECKS", "FAILS", "FOOPS", "MATURITY", "PASSES", "UNANSWERED", "Check", "Result", "Site", "assess"]
__all__ += ["to_json", "to_text"]
