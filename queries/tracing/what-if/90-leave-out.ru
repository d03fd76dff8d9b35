# what if: What is left out stands for nothing, has no date, and is in no stated order.
# source: at:leftOut of the run

PREFIX at: <https://w3id.org/aidtrace/ontology#>
PREFIX sem: <http://semanticweb.cs.vu.nl/2009/11/sem/>

DELETE { ?holder ?holds ?thing . ?thing ?about ?what . }
WHERE {
    ?run at:leftOut ?thing .
    { VALUES ?holds { at:evidence at:refersTo at:mayReferTo at:happenedBefore at:happenedAfter } ?holder ?holds ?thing . }
    UNION {
        VALUES ?about {
            at:happenedBefore at:happenedAfter at:shownDate
            sem:hasEarliestBeginTimeStamp sem:hasLatestBeginTimeStamp sem:hasEarliestEndTimeStamp sem:hasLatestEndTimeStamp
        }
        ?thing ?about ?what .
    }
}
