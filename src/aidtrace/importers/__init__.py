"""Other people's data sets, each understood row by row and kept in a graph of its own."""

from aidtrace.importers.dataset import Column, DataSet, find, names, read
from aidtrace.importers.run import Import, Watch, begin, expect_columns, quads

__all__ = ["Column", "DataSet", "Import", "Watch", "begin", "expect_columns", "find", "names", "quads", "read"]
