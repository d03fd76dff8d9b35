"""Which agreements precede a doctrine change: held to dates read from the article by hand, and to plain comparison."""

from datetime import date

from pyoxigraph import Store

from aidtrace.project import Project
from aidtrace.queries import find_query, run

ID = "https://w3id.org/aidtrace/id/"

# Concluded agreements with the first and the last day that each may have been signed (approved, ratified) on,
# as the text or the bibliography prints it: a year is its whole length, a month its whole month.
DATED = {
    "1992-friendship-cooperation-good-neighborliness": ("1992-01-24", "1992-01-24"),
    "csce-accession-treaty": ("1992-07-01", "1992-07-31"),
    "1992-military-training-cooperation": ("1992-08-11", "1992-08-11"),
    "1992-cooperation-and-solidarity": ("1992-11-01", "1992-11-05"),
    "1994-security-and-cooperation": ("1994-01-01", "1994-12-31"),
    "1994-border-working-groups": ("1994-02-09", "1994-02-09"),
    "1997-border-incidents": ("1997-05-05", "1997-05-05"),
    "1997-gendarmerie-training-protocol": ("1997-10-31", "1997-10-31"),
    "1999-deepening-strategic-cooperation": ("1999-01-01", "1999-12-31"),
    "1999-military-financial-aid": ("1999-07-01", "1999-07-31"),
    "2000-defense-industry-cooperation": ("2000-01-01", "2000-12-31"),
    "2000-hmkk-mkek-protocol": ("2000-01-01", "2000-12-31"),
    "2000-military-assistance": ("2000-05-01", "2000-05-31"),
    "2000-transfer-of-attack-boats": ("2000-07-17", "2000-07-17"),
    "2000-material-and-technical-support": ("2000-10-25", "2000-10-25"),
    "2001-financial-assistance": ("2001-01-01", "2001-12-31"),
    "2001-reciprocal-military-assistance": ("2001-01-01", "2001-12-31"),
    "2001-training-technical-and-scientific-cooperation": ("2001-01-01", "2001-12-31"),
    "2003-military-financial-aid": ("2003-06-01", "2003-07-25"),
    "2003-border-troops-protocol": ("2003-08-01", "2003-08-31"),
    "2003-protocol-of-intent-roketsan-hmkk": ("2003-09-01", "2003-09-30"),
    "2004-military-financial-assistance": ("2004-06-01", "2004-06-30"),
    "2008-air-force-education-protocol": ("2008-01-01", "2008-12-31"),
    "2008-mkek-modiar-ammunition": ("2008-03-01", "2008-03-31"),
    "2021-shusha-declaration": ("2021-01-01", "2021-12-31"),
}
UNDATED = {
    "2020-ceasefire",
    "aselsan-modiar-squad-radios",
    "border-zone-vehicles",
    "cis-treaty",
    "intelligence-accord",
    "peacekeeping-training-protocol",
    "strategic-cooperation-declaration",
    "strategic-partnership-and-mutual-assistance",
}
CHANGES = {
    "western-curriculum-adoption": ("1997-01-01", "1997-12-31"),
    "nato-standard-upgrade": ("1994-01-01", "2020-12-31"),
    "2011-gala-reconstitution": ("2011-02-25", "2011-02-25"),
}


def test_each_pair_of_agreement_and_change_is_judged_as_its_printed_dates_allow(store: Store, project: Project) -> None:
    expected = {(change, agreement, "undatable") for change in CHANGES for agreement in UNDATED}
    for change, (first, last) in CHANGES.items():
        for agreement, (earliest, latest) in DATED.items():
            if date.fromisoformat(latest) < date.fromisoformat(first):
                expected.add((change, agreement, "certain"))
            elif date.fromisoformat(earliest) < date.fromisoformat(last):
                expected.add((change, agreement, "possible"))
    table = run(store, find_query(project, "agreements-before-doctrine-change").sparql)
    found = [(row[0], row[3], row[6]) for row in table.rows]
    assert {(c.removeprefix(f"{ID}event/"), a.removeprefix(f"{ID}agreement/"), x) for c, a, x in found} == expected
    assert len(found) == len(expected)
