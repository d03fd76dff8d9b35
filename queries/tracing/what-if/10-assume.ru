# what if: A thing has the date that is assumed, and no other.
# source: at:assumes of the run; the four bounds of the assumed date stand on the assumption

PREFIX at: <https://w3id.org/aidtrace/ontology#>
PREFIX sem: <http://semanticweb.cs.vu.nl/2009/11/sem/>

DELETE { ?thing ?stamp ?day . ?thing at:shownDate ?shown . ?thing ?stated ?other . ?another ?stated ?thing . }
WHERE {
    ?run at:assumes/at:about ?thing .
    {
        VALUES ?stamp { sem:hasEarliestBeginTimeStamp sem:hasLatestBeginTimeStamp sem:hasEarliestEndTimeStamp sem:hasLatestEndTimeStamp }
        ?thing ?stamp ?day .
    }
    UNION { ?thing at:shownDate ?shown . }
    UNION { VALUES ?stated { at:happenedBefore at:happenedAfter } ?thing ?stated ?other . }
    UNION { VALUES ?stated { at:happenedBefore at:happenedAfter } ?another ?stated ?thing . }
} ;
INSERT { ?thing ?stamp ?day . ?thing at:shownDate ?value . }
WHERE {
    ?run at:assumes ?assumption .
    ?assumption at:about ?thing ; at:value ?value .
    OPTIONAL {
        VALUES ?stamp { sem:hasEarliestBeginTimeStamp sem:hasLatestBeginTimeStamp sem:hasEarliestEndTimeStamp sem:hasLatestEndTimeStamp }
        ?assumption ?stamp ?day .
    }
}
