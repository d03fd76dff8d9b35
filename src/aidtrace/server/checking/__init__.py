"""Data that strangers send to be validated, and writes that the gate looks at."""
