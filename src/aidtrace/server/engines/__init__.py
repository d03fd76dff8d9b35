"""The server in front of an engine that speaks the SPARQL Protocol."""
