"""The pictures in a real browser: that each holds what its table holds, is whole when saved, safe and reachable."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from browsers import PHONE, visit
from servers import TOKEN, Server, running

from aidtrace.namespaces import AT, GRAPH, ID, SEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SVG = "{http://www.w3.org/2000/svg}"
MARK = "ecmeta_thing"
HOSTILE = '<script>window.hurt = 1</script><img src="x" onerror="window.hurt = 2">'
ARABIC = "اتفاقية التعاون العسكري"
LONG = "Agreement " * 60
STYLED = "{name|styled} and {plain"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
XSD_DATE = "http://www.w3.org/2001/XMLSchema#date"


@pytest.fixture(scope="module")
def hostile(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a store to which somebody added agreements with odd labels and rare dates."""
    things = [
        ("script", HOSTILE, "1995~"),
        ("arabic", ARABIC, "1996?"),
        ("long", LONG, "1997%"),
        ("styled", STYLED, "1998-05-01"),
        ("control", "bell\\u0007bell", "1998"),
        ("dateless", "No date at all", "some day"),
    ]
    with running(cache, "--store", str(tmp_path_factory.mktemp("own") / "s"), "--no-gate", token=TOKEN) as one:
        triples = " ".join(_agreement(*thing) for thing in things)
        assert one.update(f"INSERT DATA {{ GRAPH <{GRAPH('article').value}> {{ {triples} }} }}").status == 204
        yield one


def _agreement(name: str, label: str, edtf: str) -> str:
    quoted = label.replace('"', '\\"')
    year = edtf[:4]
    stamps = (
        f'; <{SEM("hasEarliestBeginTimeStamp").value}> "{year}-01-01"^^<{XSD_DATE}> ; '
        f'<{SEM("hasLatestEndTimeStamp").value}> "{year}-12-31"^^<{XSD_DATE}>'
        if year.isdecimal()
        else ""
    )
    return (
        f"<{ID(f'agreement/{name}').value}> a <{AT('Instrument').value}> ; "
        f'<http://www.w3.org/2000/01/rdf-schema#label> "{quoted}"@en ; '
        f'<{AT("shownDate").value}> "{edtf}"^^<{EDTF}> {stamps} .'
    )


def saved(page: Page, number: int = 0) -> tuple[str, str]:
    """Press the button of a picture and return the name and the text of the file."""
    with page.expect_download() as waiting:
        page.locator("[data-save]").nth(number).click()
    path = waiting.value.path()
    return waiting.value.suggested_filename, Path(path).read_text("utf-8")


def texts(svg: str) -> set[str]:
    return {"".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")}


def marked(page: Page) -> set[str]:
    found: list[str] = page.eval_on_selector_all(f"[{MARK}]", f"all => all.map(one => one.getAttribute('{MARK}'))")
    return set(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_is_a_mark_for_each_row_with_a_date(server: Server, chrome: Browser, scheme: Any) -> None:
    with visit(chrome, server, color_scheme=scheme) as one:
        page = one.open("/timeline")
        rows = page.locator("section, .wide").first.locator("tbody tr").count()
        assert len(marked(page)) == rows == 106
        fewer = one.open("/timeline?kind=exercise")
        assert len(marked(fewer)) == fewer.locator("tbody tr").count() == 3
        assert one.errors == []


@pytest.mark.parametrize(("scheme", "paper"), [("light", "#fdfdfb"), ("dark", "#16191d")])
def test_a_saved_picture_is_whole(server: Server, chrome: Browser, scheme: Any, paper: str) -> None:
    with visit(chrome, server, color_scheme=scheme) as one:
        name, svg = saved(one.open("/timeline"))
        assert name == "timeline.svg"
        root = ElementTree.fromstring(svg)
        assert root.find(f"{SVG}title") is not None
        ground = root.find(f"{SVG}rect")
        assert ground is not None
        assert (ground.get("fill"), ground.get("width")) == (paper, root.get("width"))
        assert "Shusha Declaration" in texts(svg)
        assert {"one day", "rival dates", "Exercises"} <= texts(svg)
        assert "var(" not in svg
        assert "currentColor" not in svg
        page = one.open("/aid")
        files = [saved(page, number) for number in range(page.locator("[data-save]").count())]
        assert [name for name, _ in files] == ["aid-by-year-1.svg", "aid-by-year-2.svg", "aid-ways.svg"]
        assert {"3,450,000", "+ about 2,222,000", "2004"} <= texts(files[0][1])
        assert "more than 300,000,000" in texts(files[1][1])
        assert {"no agreement named (6)", "Türkiye (13)", "Azerbaijan (14)"} <= texts(files[2][1])


def test_columns_do_not_depend_on_colour(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        _, svg = saved(one.open("/aid?kind=financial%20aid"))
        patterns = list(ElementTree.fromstring(svg).iter(f"{SVG}pattern"))
        assert len(patterns) >= 2  # in kind is hatched, what is not said is dotted
        assert {"cash", "in kind", "not said which"} <= texts(svg)


def test_a_mark_tells_its_date_and_leads_to_its_page(server: Server, chrome: Browser) -> None:
    thing = ID("agreement/2004-military-financial-assistance").value
    with visit(chrome, server) as one:
        page = one.open("/timeline")
        mark = page.locator(f'[{MARK}="{thing}"]').first
        mark.hover()
        page.wait_for_function(
            "[...document.querySelectorAll('svg text')].some(one => one.textContent === '22 June 2004')"
        )
        mark.click()
        page.wait_for_url("**/page/agreement/2004-military-financial-assistance")


def test_buttons_look_closer_and_back(server: Server, chrome: Browser) -> None:
    where = f'[{MARK}="{ID("agreement/shusha-declaration").value}"]'
    with visit(chrome, server) as one:
        page = one.open("/timeline")
        before = page.locator(where).first.bounding_box()
        page.get_by_role("button", name="Closer").press("Enter")
        after = page.locator(where).first.bounding_box()
        assert after != before
        page.get_by_role("button", name="All years").press("Enter")
        assert page.locator(where).first.bounding_box() == before


def test_the_keyboard_reaches_every_thing(server: Server, chrome: Browser) -> None:
    with visit(chrome, server) as one:
        page = one.open("/timeline?kind=exercise")
        page.get_by_role("button", name="Save as SVG").focus()
        reached = []
        for _ in range(30):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate("document.activeElement.getAttribute('href') ?? document.activeElement.className")
            )
        exercises = ["/page/exercise/winter-2021", "/page/exercise/anatolian-eagle", "/page/exercise/turaz"]
        assert [href for href in reached if href in exercises] == exercises
        page.get_by_role("button", name="All years").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "scroll"


def test_labels_of_strangers_are_shown_as_they_are(hostile: Server, chrome: Browser, axe: Path) -> None:
    with visit(chrome, hostile) as one:
        page = one.open("/timeline?kind=agreement")
        for name, label in (("script", HOSTILE), ("arabic", ARABIC), ("styled", STYLED.replace("{", "{\u200b"))):
            page.mouse.move(0, 0)
            page.locator(f'[{MARK}="{ID(f"agreement/{name}").value}"]').first.hover()
            told = re.sub(r"\s", "", label)
            page.wait_for_function(
                "told => document.querySelector('.canvas svg').textContent.replace(/\\s/g, '').includes(told)", arg=told
            )
        assert page.evaluate("window.hurt") is None
        assert page.locator("#agreement-script a").first.inner_text() == HOSTILE
        assert page.locator("#undated + .wide #agreement-dateless").count() == 1
        page.mouse.move(0, 0)
        _, svg = saved(page)
        assert any(text.startswith("<script>") for text in texts(svg))
        assert any(text.startswith(ARABIC[:20]) for text in texts(svg))
        assert one.violations(axe) == []
        width, room = one.widths()
        assert width <= room
        assert (one.errors, one.outside) == ([], [])


def test_rare_dates_have_marks_of_their_own(hostile: Server, chrome: Browser) -> None:
    """About: hatched by many lines; perhaps: a dashed outline; perhaps about: both."""
    with visit(chrome, hostile) as one:
        page = one.open("/timeline?kind=agreement")

        def shapes(name: str) -> tuple[bool, bool]:
            where = f'[{MARK}="{ID(f"agreement/{name}").value}"]'
            dashed = page.locator(f"{where}[stroke-dasharray]").count()
            lines: list[str] = page.eval_on_selector_all(where, "all => all.map(one => one.getAttribute('d') ?? '')")
            return max(line.count("M") for line in lines) > 3, dashed > 0

        assert [shapes(name) for name in ("script", "arabic", "long", "control")] == [
            (True, False),
            (False, True),
            (True, True),
            (False, False),
        ]


def test_a_picture_of_little_is_open_to_everyone(server: Server, chrome: Browser, axe: Path) -> None:
    """What may lie after 2030 is open at its end, or undated."""
    with visit(chrome, server, reduced_motion="reduce", color_scheme="dark", viewport=PHONE) as one:
        page = one.open("/timeline?from=2030")
        assert ID("training/2021-uav-training").value in marked(page)
        assert one.violations(axe) == []
        width, room = one.widths()
        assert width <= room
        assert (one.errors, one.outside) == ([], [])


def test_tables_stand_without_scripts(server: Server, chrome: Browser) -> None:
    with visit(chrome, server, java_script_enabled=False) as one:
        page = one.open("/timeline")
        assert page.locator("tbody tr").count() == 188
        assert page.locator(".scroll").first.is_visible() is False
        assert page.get_by_role("button", name="Save as SVG").count() == 0
        page.get_by_label("Exercises").check()
        page.get_by_role("button", name="Show", exact=True).click()
        assert page.locator("tbody tr").count() == 3
