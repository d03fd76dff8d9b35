"""The query editor, and answers as a reader sees them."""
