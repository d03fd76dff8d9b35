"""The pages of the things of the graph: one by one, by class, and by what names them."""
