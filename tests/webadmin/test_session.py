"""Signing in and out."""

from datetime import timedelta

from sqlalchemy import select

from hotline.store.models import AuditEntry, User
from tests.webadmin import cast
from webadmin.sign_in import FAILURES_ALLOWED, LOCKED_FOR


def test_a_person_with_the_right_password_comes_to_the_dashboard(browse):
    browser = browse(None)
    answer = browser.sign_in("8001")
    assert answer.status_code == 302
    assert answer.location == "/"
    assert "陈静" in browser.get("/").text


def test_a_wrong_password_is_refused_and_noted(browse, database):
    answer = browse(None).sign_in("8001", "wrong")
    assert answer.status_code == 401
    assert "账号或密码错误" in answer.text
    with database.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.login, entry.detail["reason"]) == ("session.refused", "8001", "wrong")


def test_an_unknown_account_is_answered_like_a_wrong_password(browse):
    wrong, unknown = browse(None).sign_in("8001", "wrong"), browse(None).sign_in("nobody", "wrong")
    assert unknown.status_code == wrong.status_code == 401
    assert "账号或密码错误" in unknown.text


def test_five_wrong_passwords_lock_the_account_for_a_while_even_for_the_right_one(browse, clock):
    browser = browse(None)
    for _ in range(FAILURES_ALLOWED):
        browser.sign_in("8001", "wrong")
    assert browser.sign_in("8001").status_code == 401
    clock.now += (LOCKED_FOR + timedelta(seconds=1)).total_seconds()
    assert browser.sign_in("8001").status_code == 302


def test_an_account_that_is_switched_off_stays_outside(browse, database):
    def switch_off(session):
        session.scalars(select(User).where(User.login == "8018")).one().active = False

    signed_in = browse("8018")
    database.write(switch_off)
    assert browse(None).sign_in("8018").status_code == 401
    assert signed_in.get("/").location.startswith("/sign-in")


def test_a_session_ends_when_the_epoch_of_the_account_is_raised(browse, database):
    browser = browse("8018")

    def raise_epoch(session):
        session.scalars(select(User).where(User.login == "8018")).one().session_epoch += 1

    database.write(raise_epoch)
    assert browser.get("/").location.startswith("/sign-in")


def test_a_form_without_the_csrf_token_is_refused_with_a_page_that_says_what_to_do(app):
    answer = app.test_client().post("/sign-in", data={"login": "8001", "password": cast.PASSWORD})
    assert answer.status_code == 400
    assert "重新打开" in answer.text


def test_the_csrf_token_of_a_page_lets_its_forms_in(app):
    client = app.test_client()
    token = client.get("/sign-in").text.split('name="csrf-token" content="')[1].split('"')[0]
    form = {"login": "8001", "password": cast.PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=form).location == "/"


def test_signing_in_leads_to_the_page_that_was_wanted_but_never_to_another_site(browse):
    for target, led_to in [
        ("/profile/", "/profile/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
    ]:
        answer = browse(None).post(f"/sign-in?next={target}", {"login": "8001", "password": cast.PASSWORD})
        assert answer.location == led_to


def test_signing_out_ends_the_session(browse):
    browser = browse("8001")
    browser.post("/sign-out")
    assert browser.get("/").location.startswith("/sign-in")


def test_the_session_cookie_is_hidden_from_scripts_and_from_other_sites(browse):
    cookie = browse(None).sign_in("8001").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_language_is_remembered_with_the_account(browse):
    browser = browse("8001")
    assert "工作台" in browser.get("/").text
    browser.post("/language/en")
    assert "Dashboard" in browser.get("/").text
    browser.post("/sign-out")
    assert "Dashboard" in browse("8001").get("/").text


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(browse):
    here, elsewhere = browse("8001"), browse("8001")
    new = "another horse entirely"
    here.post("/profile/password", {"current": cast.PASSWORD, "new": new, "again": new})
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").location.startswith("/sign-in")
    assert browse(None).sign_in("8001").status_code == 401
    assert browse(None).sign_in("8001", new).status_code == 302


def test_a_password_that_is_too_short_or_not_repeated_is_refused_at_its_field(browse):
    answer = browse("8001").post(
        "/profile/password", {"current": cast.PASSWORD, "new": "short", "again": "other"}
    )
    assert answer.status_code == 422
    assert "至少 10 个字符" in answer.text
    assert "两次输入不一致" in answer.text
