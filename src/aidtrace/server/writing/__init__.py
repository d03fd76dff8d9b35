"""Writes: the Graph Store Protocol, updates cut into steps, and the process that makes revisions."""
