"""Every route declares who may call it."""

from pathlib import Path

import pytest

from hotline.domain.permissions import Permission
from webadmin.guard import Kind, access_of
from webadmin.navigation import MENU

# What anybody may call without an account. A new name here wants a reason.
PUBLIC = {
    "static",  # style sheets and scripts
    "session.sign_in",
    "session.choose_language",  # before signing in as well
    "api.openapi",  # the description holds no data
    "api.documentation",
    "api.metrics",  # from this machine only; checks by itself
    "api_access.create_token",  # this is how a program signs in
    "api_access.health",  # for load balancers
}


def test_every_route_declares_its_permission(app):
    bare = [rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None]
    assert bare == []


def test_only_known_routes_are_public(app):
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if access_of(app, rule.endpoint).kind is Kind.PUBLIC
    }
    assert found <= PUBLIC


def test_every_permission_that_a_route_or_the_menu_asks_for_exists(app):
    asked = {access_of(app, rule.endpoint).permission for rule in app.url_map.iter_rules()} - {""}
    asked |= {entry.permission for section in MENU for entry in section.entries if entry.permission}
    assert asked <= {str(permission) for permission in Permission}


def test_a_route_without_a_declaration_is_refused(app, browse):
    browser = browse("root")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["home.index"] = lambda: "open to everybody"
    assert browser.get("/").status_code == 500


def test_nobody_gets_a_page_without_signing_in(app):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if "GET" not in rule.methods or access.kind in (Kind.PUBLIC,):
            continue
        _host, path = rule.build(dict.fromkeys(rule.arguments, 1))
        answer = client.get(path)
        assert answer.status_code in (302, 401), path
        if answer.status_code == 302:
            assert answer.location.startswith("/sign-in"), path


def test_an_agent_is_refused_what_only_a_lead_may_see(browse):
    answer = browse("8018").get("/agents/")
    assert answer.status_code == 403
    assert "没有权限" in answer.text


@pytest.mark.parametrize("name", sorted(path.name for path in Path("webadmin/views").glob("*.py")))
def test_every_module_of_pages_is_registered(app, name):
    if name != "__init__.py":
        module = __import__(f"webadmin.views.{name[:-3]}", fromlist=["bp"])
        assert module.bp.name in app.blueprints
