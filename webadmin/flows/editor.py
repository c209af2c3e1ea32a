"""What the scripts of the flow pages get from the server: addresses, and the texts that they say."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from hotline.domain.permissions import Permission
from webadmin.flows.opened import LANGUAGE, Opened
from webadmin.identity import person


def setup_of(opened: Opened) -> dict[str, Any]:
    """For the editor of the open version. Only the newest one is edited, by those who may."""
    code, me = opened.row.code, person()
    addresses = {
        "document": url_for("flows_editor.load", code=code, version=opened.version.number),
        "check": url_for("flows_editor.check", code=code),
        "layout": url_for("flows_editor.arrange", code=code),
        "form": url_for("flows_editor.form", code=code),
        "node": url_for("flows_editor.read", code=code, type_code="TYPE"),
        "save": url_for("flows_editor.save_version", code=code),
        "import": url_for("flows_editor.read_file", code=code),
        "simulate": url_for("flows_simulate.simulate", code=code),
        "compare": url_for("flows_versions.compare", code=code, before="BEFORE", after="AFTER"),
        "audio": url_for("prompts.audio", lang=LANGUAGE, prompt="PROMPT")
        if me.can(Permission.PROMPTS_VIEW)
        else "",
    }
    return {
        "code": code,
        "editable": opened.is_newest and me.can(Permission.FLOWS_EDIT),
        "urls": addresses,
        "texts": _texts(),
    }


def _texts() -> dict[str, str]:
    """What scripts put numbers into has them in braces."""
    return {
        "trouble": _("The server does not answer. Your work is still here; try again in a moment."),
        "fine": _("No problems found"),
        "problems": _("%(n)s problems", n="{n}"),
        "whole": _("The flow as a whole"),
        "several": _("%(n)s nodes chosen", n="{n}"),
        "ways": _("%(n)s ways out", n="{n}"),
        "version": _("Version %(n)s", n="{n}"),
        "saved": _("Version %(n)s was saved as a draft.", n="{n}"),
        "copied": _("%(n)s nodes copied; paste them here or in another flow.", n="{n}"),
        "imported": _("The file is on the canvas. Nothing is saved yet."),
        "badFile": _("The file cannot be used. Line %(line)s: %(what)s", line="{line}", what="{what}"),
        "badId": _("Use 1 to 40 letters, digits, - and _, and none that is taken."),
        "listen": _("Listen"),
    }
