"""The page of the tests: what the authors conclude, in their words, beside what is computed."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from urllib.parse import urlencode

import pytest
from servers import Server

EVALUATION = "evaluation-of-hypotheses-and-alternative-explanations"


@pytest.fixture(scope="module")
def html(server: Server) -> str:
    answer = server.get("/tests", "text/html")
    assert answer.status == 200, answer.body
    return answer.body.decode()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def hypothesis(html: str, row: int) -> list[str]:
    """Return the cells of a row of Table 1, the row number first."""
    found = re.findall(rf'<tr id="table-1-{row}">(.*?)</tr>', html, re.DOTALL)[0]
    return [plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", found, re.DOTALL)]


def rival(html: str, row: int) -> list[list[str]]:
    """Return the cells of each test of a rival, from the kind of the test on."""
    body = re.findall(rf'<tbody id="table-2-{row}">(.*?)</tbody>', html, re.DOTALL)[0]
    lines = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<td>(.*?)</td>", line, re.DOTALL)] for line in lines]


def results(server: Server, path: str) -> list[dict[str, str]]:
    answer = server.get(path)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.body.decode())))


def test_table_1_has_the_results_that_the_article_prints(html: str) -> None:
    assert [hypothesis(html, row)[5].split(" In the text:")[0] for row in range(1, 11)] == [
        "Supported",
        "Supported",
        "Supported",
        "Not supported",
        "Supported",
        "Partially supported",
        "Supported",
        "Not supported",
        "Supported",
        "Partially supported",
    ]


def test_the_second_row_is_the_smoking_gun_of_h1(html: str) -> None:
    cells = hypothesis(html, 2)
    assert cells[:3] == ["2", "H1 Aid-driven institutionalisation explains the three phases", "Smoking-gun"]
    assert cells[3:5] == [
        "turning points go with aid, not identity",
        "integration with NATO; procurement lock-in; reforms of officer education",
    ]


def test_another_verdict_of_the_text_stands_beside_that_of_the_table(html: str) -> None:
    """The evaluation calls double-decisive tests inconclusive (paragraphs 1, 4), and H3 partially evidenced (1)."""
    inconclusive = f"Not supported In the text: Inconclusive ( {EVALUATION}/1 , {EVALUATION}/4 )"
    assert [hypothesis(html, row)[5] for row in (4, 8)] == [inconclusive] * 2
    assert hypothesis(html, 9)[5] == f"Supported In the text: Partially supported ( {EVALUATION}/1 )"
    assert html.count("In the text:") == 3


def test_rivals_have_the_verdicts_that_the_article_prints(html: str) -> None:
    """A cell of Table 2 begins with its verdict word, with N/A, or (identity, smoking gun) with neither."""
    verdicts = [[cells[1] for cells in rival(html, row)] for row in range(1, 5)]
    begun = [
        ["Not supported", "no verdict word", "Not supported"],
        ["Partially supported", "Not supported", "Not supported"],
        ["Not supported", "Not supported", "N/A printed so"],
        ["Not supported", "Not supported", "N/A printed so"],
    ]
    for row, expected in zip(verdicts, begun, strict=True):
        assert all(cell.startswith(start) for cell, start in zip(row, expected, strict=True)), row
    assert (html.count('<span class="verdict">N/A</span>'), html.count('<span class="wordless">no verdict word')) == (
        2,
        2,
    )


def test_tests_that_were_not_run_are_in_no_table(html: str) -> None:
    section = html.partition('id="not-run"')[2].partition("<h2>")[0]
    items = sorted(plain(one) for one in re.findall(r"<li>(.*?)</li>", section))
    assert items == [
        f"{kind} test of H3 : not run ( {EVALUATION}/1 )" for kind in ("Double-decisive", "Straw-in-the-wind")
    ]


def test_the_computation_stands_beside_every_verdict_as_the_tracing_has_it(server: Server, html: str) -> None:
    traced = {one["thing"]: one for one in server.get("/trace?format=json").content["tests"]}
    shown = {}
    for line in re.findall(r"<tr.*?</tr>", html, re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
        of = re.findall(r'href="/trace\?of=([^"]*)"', cells[-1])
        if of:
            shown[of[0]] = [plain(cell) for cell in cells[-5:-1]]
    assert len(traced) == 22
    assert shown == {
        name: [
            one["computed"],
            one["agreement"],
            one["chronology"],
            one["attribution"] if one["traces"] else "no traces",
        ]
        for name, one in traced.items()
    }


def test_what_a_computation_rests_on_is_one_link_away(server: Server, html: str) -> None:
    links = re.findall(r'href="(/trace\?of=[^"]*)"', html)
    assert len(links) == 22
    one = server.get(f"{links[0]}&format=json").content
    assert [test["thing"] for test in one["tests"]] == ["test/table-1-1"]


def test_the_exercises_before_the_war_let_the_hoop_test_of_h2_fail(server: Server) -> None:
    """Table 1 gives joint exercises as evidence that the victory of 2020 came of; the text tells of them after it."""
    row = next(one for one in results(server, "/tests/table-1.csv") if one["row"] == "5")
    assert (row["result"], row["computed"], row["agreement"], row["chronology"]) == (
        "Supported",
        "fails",
        "differs",
        "violated",
    )


@pytest.mark.parametrize("table", ["table-1", "table-2"])
def test_a_download_is_the_named_question_with_the_computed_columns_behind(server: Server, table: str) -> None:
    own = list(csv.DictReader(io.StringIO(server.get(f"/queries/{table}?format=csv").body.decode())))
    found = results(server, f"/tests/{table}.csv")
    assert [{name: row[name] for name in own[0]} for row in found] == own
    more = {"table-1": 4, "table-2": 12}[table]
    assert {len(row) - len(own[0]) for row in found} == {more}


def test_the_kinds_of_tests_are_explained_in_the_order_of_the_table(html: str) -> None:
    terms = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)[:4]
    assert [name for name, _ in terms] == ["Hoop", "Smoking-gun", "Straw-in-the-wind", "Double-decisive"]
    assert terms[0][1] == "A test that a hypothesis must pass to stay in play; passing proves little."


def test_no_other_table_is_made_up(server: Server) -> None:
    assert server.get("/tests/table-3.csv").status == 404


def explained(html: str) -> dict[str, dict[str, str]]:
    """Return what the legend of a page says of each word, by the heading of its group."""
    legend = html.partition("What the words mean</h2>")[2]
    return {
        title: {word: unescape(meaning) for word, meaning in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", words)}
        for title, words in re.findall(r"<h3>(.*?)</h3><dl>(.*?)</dl>", legend)
    }


@pytest.mark.parametrize("run", ["", "?of=H2", "?as-of=1990"])
def test_the_tracing_explains_the_words_that_it_shows_and_no_others(server: Server, html: str, run: str) -> None:
    traced = server.get(f"/trace{run}{'&' if run else '?'}format=json").content
    found = explained(server.get(f"/trace{run}", "text/html").body.decode())
    assert found["Computed"].keys() == {test["computed"] for test in traced["tests"]}
    assert found["Findings"].keys() == {one["kind"] for one in traced["findings"]}
    traces = [trace for test in traced["tests"] for trace in test["traces"]]
    assert found["Ties"].keys() >= {trace["attribution"] for trace in traces}
    told = explained(html)
    for title in told.keys() & found.keys():
        assert found[title].items() <= told[title].items(), title


def test_untied_means_the_same_on_both_pages(server: Server, html: str) -> None:
    traced = server.get("/trace", "text/html").body.decode()
    assert [explained(one)["Ties"]["untied"] for one in (html, traced)] == [
        "No recorded fact stands for the trace."
    ] * 2


def test_the_form_sent_again_asks_for_the_same_run(server: Server) -> None:
    """Two facts and two dates: a form that kept one of each would compute another run and not say so."""
    facts = ("event/1991-consulate-opening", "event/1991-ozal-visit")
    dates = ("event/1974-cyprus-sanctions=1975", "event/1991-ministry-of-defense-founding=1990-05")
    run = [*(("without", one) for one in facts), *(("assume", one) for one in dates)]
    form = server.get(f"/trace?{urlencode(run)}", "text/html").body.decode().partition('<form action="/trace"')[2]
    fields = re.findall(r'<input id="([^"]+)" name="([^"]+)" value="([^"]*)"', form.partition("</form>")[0])
    assert [(name, unescape(value)) for _, name, value in fields if value] == run
    assert len({field for field, _, _ in fields}) == len(fields)


def test_each_field_of_the_tracing_has_a_line_of_help(server: Server) -> None:
    form = server.get("/trace", "text/html").body.decode().partition('<form action="/trace"')[2].partition("</form>")[0]
    fields = re.findall(r'<input id="([^"]+)" name="([^"]+)"[^>]* aria-describedby="([^"]+)"', form)
    assert {name for _, name, _ in fields} == {"of", "without", "only", "as-of", "assume"}
    for field, _, helped in fields:
        assert f'<label for="{field}">' in form
        assert re.search(rf'id="{helped}">[A-Z][^<]{{20,}}\.<', form), field


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("only=foo", "Only sources: 'foo' is no class of sources"),
        ("as-of=20x", "As of: EDTF date '20x'"),
        ("of=zzz", "no hypothesis, rival, test or step is called 'zzz'"),
    ],
)
def test_a_form_that_asks_for_nothing_that_is_there_is_kept_and_says_so(server: Server, asked: str, told: str) -> None:
    answer = server.get(f"/trace?{asked}", "text/html")
    html = answer.body.decode()
    assert answer.status == 400
    assert told in plain(html)
    assert f'value="{asked.partition("=")[2]}"' in html
    assert "--" not in plain(html.partition("<main")[2])


def test_the_files_of_a_run_are_those_of_the_same_run(server: Server) -> None:
    html = server.get("/trace?as-of=2015&of=H2&assume=", "text/html").body.decode()
    links = [unescape(link) for link in re.findall(r'href="(/trace\?[^"]*format=[^"]*)"', html)]
    assert links == ["/trace?as-of=2015&of=H2&format=json", "/trace?as-of=2015&of=H2&format=turtle"]
    assert any("2015" in option for option in server.get(links[0]).content["run"]["options"])
