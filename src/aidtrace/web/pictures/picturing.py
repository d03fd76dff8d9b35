"""The pages that show the article in pictures: the timeline, and aid."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request

from aidtrace.project import Project
from aidtrace.web.answered import file
from aidtrace.web.asked import Questions
from aidtrace.web.pictures.aid import FLOW_COLUMNS, read_aid
from aidtrace.web.pictures.flows import Words
from aidtrace.web.pictures.timeline import ITEM_COLUMNS, Chosen, read_timeline
from aidtrace.web.telling import Telling


def pictures(project: Project, questions: Questions, say: Callable[[str], str]) -> Blueprint:
    """Build the pages with pictures; *say* translates what the data have no words for."""
    blueprint = Blueprint("pictures", __name__)
    telling = Telling(say)

    @blueprint.get("/timeline")
    def timeline() -> str | Response | tuple[str, int]:
        given = request.args
        kinds = [kind for kind in given.getlist("kind") if kind]
        chosen = Chosen.read(kinds, given.get("from", ""), given.get("to", ""), given.get("actor", ""))
        form = given.get("format", "html")
        if chosen.wrong and (form != "html" or "text/html" not in request.accept_mimetypes.values()):
            abort(400, chosen.wrong)
        found = read_timeline(project, questions, telling, chosen)
        if form != "html":
            return file(form, "timeline", ITEM_COLUMNS, found.cells)
        page = render_template("timeline.html", found=found, lanes=_lanes(say))
        return (page, 400) if chosen.wrong else page

    @blueprint.get("/aid")
    def aid() -> str | Response:
        found = read_aid(project, questions, telling, request.args.get("kind", ""))
        if (form := request.args.get("format", "html")) != "html":
            return file(form, "aid", FLOW_COLUMNS, [flow.cells for flow in found.flows])
        return render_template("aid.html", found=found, words=_words(say))

    return blueprint


def _lanes(_: Callable[[str], str]) -> dict[str, tuple[str, str]]:
    """Return what one thing of each kind, and what all of them, are called."""
    return {
        "agreement": (_("agreement or act"), _("Agreements and acts")),
        "flow": (_("aid or sale"), _("Aid and sales")),
        "training": (_("training"), _("Training")),
        "exercise": (_("exercise"), _("Exercises")),
        "event": (_("event"), _("Events")),
    }


def _words(_: Callable[[str], str]) -> Words:
    return {
        "cash": _("cash"),
        "inKind": _("in kind"),
        "notSaid": _("not said which"),
        "splitDiffers": _("cash or in kind differs"),
        "price": _("price"),
        "shared": _(", in equal shares"),
        "spread": _("spread over %(years)s years"),
        "share": _("%(amount)s in each"),
        "differs": _("amounts differ"),
        "computed": _(" (computed)"),
        "undated": _("no date"),
        "severalYears": _("no single year"),
        "noAmount": _("no amount told"),
        "donor": _("Donor or seller"),
        "agreement": _("Agreement"),
        "recipient": _("Recipient"),
        "purpose": _("Purpose"),
        "no donor": _("no donor named"),
        "no agreement": _("no agreement named"),
        "no recipient": _("no recipient named"),
        "no purpose": _("no purpose named"),
    }
