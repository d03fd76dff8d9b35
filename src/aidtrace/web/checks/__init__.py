"""The validation page."""
