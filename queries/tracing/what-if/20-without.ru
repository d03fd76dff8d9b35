# what if: A fact is left out if it is named, or if each citation of it can only mean works that are named.
# source: at:without of the run; at:citation, at:resolvesTo, at:mayResolveTo
# limit: A fact that cites nothing rests on the study itself, and stays.

PREFIX at: <https://w3id.org/aidtrace/ontology#>

INSERT { ?run at:leftOut ?thing . }
WHERE {
    { ?run at:without ?thing . FILTER NOT EXISTS { ?thing a at:Source } }
    UNION {
        {
            SELECT DISTINCT ?run ?thing WHERE {
                ?run at:without ?work .
                ?cited at:resolvesTo|at:mayResolveTo ?work .
                { ?thing at:citation ?cited } UNION { ?attested at:about ?thing ; at:citation ?cited }
                FILTER NOT EXISTS { ?thing at:about [] }
            }
        }
        FILTER NOT EXISTS {
            { ?thing at:citation ?other } UNION { ?says at:about ?thing ; at:citation ?other }
            ?other at:resolvesTo|at:mayResolveTo ?kept .
            FILTER NOT EXISTS { ?run at:without ?kept }
        }
    }
}
