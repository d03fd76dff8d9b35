-- Load every file of N-Quads, each triple into its own graph; then the union, which a query without GRAPH is asked of.
ld_dir('load', '*.nq', 'urn:aidtrace:none');
rdf_loader_run();
SPARQL DEFINE sql:log-enable 3 INSERT INTO GRAPH <urn:aidtrace:union> { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } FILTER (STRSTARTS(STR(?g), "https://w3id.org/aidtrace/graph/") && ?g != <https://w3id.org/aidtrace/graph/shapes>) };
checkpoint;
