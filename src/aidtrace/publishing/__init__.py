"""Releases: folders that can be cited, checked and compared, and what changed from one to the next."""
