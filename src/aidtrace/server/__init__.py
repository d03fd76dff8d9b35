"""The SPARQL server: a lexer that refuses, workers that can be killed, and the protocol in front of them."""
