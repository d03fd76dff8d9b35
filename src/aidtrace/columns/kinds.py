"""The kinds of terms that the columns tell apart, as bits, so that a set of kinds is a number."""

import unicodedata

from aidtrace.namespaces import XSD

KINDS = {
    "iri": 1,
    "blank": 2,
    "integer": 4,
    "decimal": 8,
    "string": 16,
    "tagged": 32,  # with a language
    "date": 64,  # without a time zone
    "edtf": 128,
    "other": 256,
}
IRI, BLANK, INTEGER, DECIMAL, STRING, TAGGED, DATE, EDTF, OTHER = KINDS.values()
NUMBER, TEXT = INTEGER | DECIMAL, STRING | TAGGED
LITERAL = NUMBER | TEXT | DATE | EDTF | OTHER
ORDERED = (IRI, INTEGER, DECIMAL, STRING, DATE, EDTF)
"""The kinds whose terms are numbered in the order in which the store sorts them (SPARQL 1.1, section 15.1)."""


def kind_of_terms() -> str:
    """Return the columns, in SQL, that tell a word of N-Triples apart; *quote* is where its last quotation mark is."""
    datatype = (
        f"(CASE WHEN quote = 0 THEN '' WHEN length(word) = quote + 1 THEN '{XSD.iri}string' "
        "WHEN word[quote + 2] = '@' THEN '' ELSE substr(word, quote + 5, length(word) - quote - 5) END)"
    )
    return f"""word,
        (CASE WHEN quote > 0 THEN substr(word, 2, quote - 1) WHEN word[1] = '<' THEN substr(word, 2, length(word) - 2)
              ELSE substr(word, 3) END) AS lexical,
        {datatype} AS datatype,
        (CASE WHEN quote > 0 AND word[quote + 2] = '@' THEN substr(word, quote + 3) ELSE '' END) AS language,
        (CASE WHEN datatype = '{XSD.iri}integer' AND regexp_full_match(lexical, '-?[0-9]{{1,19}}')
              THEN TRY_CAST(lexical AS BIGINT) END) AS whole,
        (CASE WHEN datatype = '{XSD.iri}integer' THEN whole::DECIMAL(38, 18)
              WHEN datatype = '{XSD.iri}decimal' AND regexp_full_match(lexical, '-?[0-9]{{1,18}}([.][0-9]{{1,18}})?')
              THEN lexical::DECIMAL(38, 18) END) AS number,
        (CASE WHEN word[1] = '<' AND word[2] <> '<' THEN {IRI} WHEN word[1] = '_' THEN {BLANK}
              WHEN whole IS NOT NULL THEN {INTEGER} WHEN number IS NOT NULL THEN {DECIMAL}
              WHEN datatype = '{XSD.iri}string' THEN {STRING} WHEN language <> '' THEN {TAGGED}
              WHEN datatype = '{XSD.iri}date' AND regexp_full_match(lexical, '[0-9]{{4}}(-[0-9]{{2}}){{2}}')
                   AND lexical >= '0001' AND TRY_CAST(lexical AS DATE) IS NOT NULL THEN {DATE}
              WHEN datatype = 'http://id.loc.gov/datatypes/edtf/EDTF' THEN {EDTF} ELSE {OTHER} END)::USMALLINT AS kind,
        NULL::VARCHAR AS lowered"""


def known_letters(text: str) -> bool:
    """Whether this Python knows every character of *text*; a later Unicode may give one a lower case."""
    return all(unicodedata.category(character) != "Cn" for character in text)
