"""Things that have a page of their own kind: the template of each class, and what it shows beside the rest."""

from collections.abc import Callable, Mapping

from aidtrace.namespaces import AT
from aidtrace.project import Project
from aidtrace.web.answered import answered, page, values
from aidtrace.web.article.citations import Citations, Work
from aidtrace.web.article.paragraphs import Article, Paragraph
from aidtrace.web.asked import Questions
from aidtrace.web.entities import Entity, grouped

View = tuple[str, Mapping[str, object]]
"""A template, and values for it."""

_INSTRUMENTS = ("Agreement", "LegalAct", "InstrumentSet")
_PLAIN: View = ("thing.html", {})


class Kinds:
    """Chooses how a thing is shown, by its classes."""

    def __init__(self, project: Project, questions: Questions) -> None:
        self._project, self._questions = project, questions
        self._article = Article(project, questions)
        self._views: dict[str, Callable[[Entity], View]] = {
            AT("Passage").value: self._passage,
            AT("Source").value: self._source,
            **dict.fromkeys((AT(name).value for name in _INSTRUMENTS), self._instrument),
        }

    def view(self, entity: Entity) -> View:
        """Return the view of the first class that has one, or the plain one."""
        classes = (one.elsewhere for one in entity.types)
        chosen = next((self._views[name] for name in classes if name in self._views), None)
        return chosen(entity) if chosen else _PLAIN

    def _passage(self, entity: Entity) -> View:
        paragraph = next((one for one in self._article.paragraphs if one.thing == entity.name), None)
        if paragraph is None:  # of another article
            return _PLAIN
        section = next(one for one in self._article.sections() if one.slug == paragraph.section)
        reading = next(one for one in self._article.read(section) if one.paragraph == paragraph)
        before, behind = self._article.neighbours(paragraph)
        around = {"section": section, "before": before, "behind": behind}
        return "passage.html", {"reading": reading, "printed": self._printed(paragraph), **around}

    def _printed(self, paragraph: Paragraph) -> Work | None:
        """Return the work that a passage of the bibliography is the entry of."""
        if paragraph.section != "bibliography":
            return None
        return Citations(self._project, self._questions).works.get(paragraph.number)

    def _instrument(self, entity: Entity) -> View:
        flows = answered(self._project, self._questions, "aid-flows")
        under = [row for row in flows if entity.iri in values(row["agreement"])]
        return ("instrument.html", {"flows": under, "path": page, "grouped": grouped}) if under else _PLAIN

    def _source(self, entity: Entity) -> View:
        citations = Citations(self._project, self._questions)
        work = next((one for one in citations.works.values() if one.page == entity.name), None)
        if work is None:
            return _PLAIN
        return "source.html", {"work": work, "citations": citations.to(work.key)}
