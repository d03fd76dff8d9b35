"""Names of others matched with our things, as the Reconciliation Service API 0.2 asks and answers."""

from aidtrace.reconciling.candidates import candidates
from aidtrace.reconciling.known import Known, Property, Thing, Type
from aidtrace.reconciling.protocol import extended, manifest, proposed, reconciled, suggested

__all__ = [
    "Known",
    "Property",
    "Thing",
    "Type",
    "candidates",
    "extended",
    "manifest",
    "proposed",
    "reconciled",
    "suggested",
]
