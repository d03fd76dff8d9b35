"""What the graph holds, for other tools: RDF text, folders of tables with a code book, and tables of years."""

from aidtrace.export.folder import Told, write_folder
from aidtrace.export.graphs import export_graph
from aidtrace.export.sheets import csv_text
from aidtrace.export.years import schemes, tables, year_table

__all__ = ["Told", "csv_text", "export_graph", "schemes", "tables", "write_folder", "year_table"]
