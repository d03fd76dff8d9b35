# what if: A fact is left out if it had certainly not begun on the day.
# source: at:asOf of the run; the first day on which the fact can have begun
# limit: When a work was published is not looked at, only when things happened.

PREFIX at: <https://w3id.org/aidtrace/ontology#>
PREFIX sem: <http://semanticweb.cs.vu.nl/2009/11/sem/>

INSERT { ?run at:leftOut ?thing . }
WHERE {
    ?run at:asOf ?day .
    ?thing sem:hasEarliestBeginTimeStamp ?begin .
    FILTER (?begin > ?day)
}
