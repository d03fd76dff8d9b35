# what if: A fact is left out unless a work of the one class is cited for it.
# source: at:onlyClass of the run; at:sourceClass
# limit: A fact that cites nothing is left out too.

PREFIX at: <https://w3id.org/aidtrace/ontology#>

INSERT { ?run at:leftOut ?thing . }
WHERE {
    ?run at:onlyClass ?class .
    { ?line at:evidence ?thing } UNION { ?trace at:refersTo|at:mayReferTo ?thing }
    UNION { ?sequence at:earlier|at:later ?thing . FILTER NOT EXISTS { ?thing a ?set . VALUES ?set { at:Trace at:Step at:SideMechanism } } }
    FILTER NOT EXISTS {
        { ?thing at:citation ?cited } UNION { ?says at:about ?thing ; at:citation ?cited }
        ?cited (at:resolvesTo|at:mayResolveTo)/at:sourceClass ?class .
    }
}
