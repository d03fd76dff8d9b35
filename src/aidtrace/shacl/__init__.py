"""SHACL on a pyoxigraph store: shapes compiled to queries over sets of nodes, and what changes after a change.

``compiling.compile_shapes`` reads a shapes graph, ``sent.load`` puts data into a store with each literal as it was
sent, ``engine.validate`` finds what breaks the shapes, and ``incremental.revalidate`` what a change of the data makes
of that. Shapes that cannot be compiled are left to pySHACL, and are named in the outcome.
"""
