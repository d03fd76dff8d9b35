"""The dry-run merge: how somebody's own statements would meet our graph, told before anything is written.

`look` compares two graphs and returns a `Meeting`: things of one IRI that both describe, actors, agreements, flows
and events that look alike. Every row is a suggestion with its reason; nothing is decided and nothing is written.
"""

from aidtrace.merging.looking import look
from aidtrace.merging.meeting import Collision, Likeness, Meeting

__all__ = ["Collision", "Likeness", "Meeting", "look"]
