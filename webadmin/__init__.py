"""The console and the REST interface: what people and programs talk to over HTTP.

How to add a set of pages (``flows`` as the example):

1. ``webadmin/views/flows.py`` with ``bp = Blueprint("flows", __name__, url_prefix="/flows")``. Each view parses, authorises, calls and
   renders; rules belong to :mod:`hotline.domain`, queries to ``hotline/store/queries/flows.py`` (functions
   that take a ``Session``).
2. Each view carries one mark of :mod:`webadmin.guard`, right below ``@bp.get``/``@bp.post``:
   ``@permission("flows.view")``, or
   ``@signed_in``, ``@public``. A route without one answers 500, and ``tests/webadmin/test_permissions.py``
   finds it. Signing in and CSRF are the guard's.
3. Read with ``session()`` and look one row up with ``find(Model, key)`` of :mod:`webadmin.lookup`, which
   applies the person's scope (its
   table wants one line for a new model). Write with ``change(fn)`` of :mod:`webadmin.database`:
   ``fn(session)`` runs in one transaction, may run twice,
   and calls ``audit(session, "flow.publish", "flow", code, detail…)`` of :mod:`webadmin.audit` in it.
4. Register the blueprint in ``webadmin/views/__init__.py``; its place in the navigation is one line in
   :mod:`webadmin.navigation`.
5. Templates extend ``layout.html`` (blocks ``title``, ``heading``, ``actions``, ``content``, ``scripts``) and
   use the macros of
   ``partials/forms.html`` and ``partials/page.html``. Scripts are files under ``static/js``: the content
   security policy allows no inline ones. Data for
   a script goes into ``data-`` attributes or a ``<script type="application/json">``.
6. Texts are English message ids, ``{{ _("Save") }}`` or ``lazy_gettext``; the Chinese goes into
   ``translations/zh/<area>.po``, one file an area, merged at
   the start. ``tests/webadmin/test_translations.py`` fails for a text without Chinese.
7. Tell the call side what changed: ``announce("flows")`` of :mod:`webadmin.live.commands` after the write.
"""
