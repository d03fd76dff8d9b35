"""The pages to read beside the article: its paragraphs, sources, tests and discrepancies."""
