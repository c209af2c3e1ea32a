"""Dial strings with their variables, quotes and alternatives."""

from fs_scripts.simulated.dialstring import Leg, parse_dial_string


def test_variables_for_all_legs_and_for_one():
    dial = parse_dial_string("{a=1,b='x, y'}[leg_timeout=20]user/1001@d,[c=3]user/1002@d|error/user_busy")

    assert dial.variables == {"a": "1", "b": "x, y"}
    assert dial.groups == (
        (Leg("user/1001@d", {"leg_timeout": "20"}), Leg("user/1002@d", {"c": "3"})),
        (Leg("error/user_busy", {}),),
    )


def test_another_separator_keeps_commas_in_values():
    assert parse_dial_string("[^^;a=1,2;b=3]user/1").groups == ((Leg("user/1", {"a": "1,2", "b": "3"}),),)


def test_escaped_commas_and_quotes_stay_in_the_value():
    assert parse_dial_string(r"[a=1\,2,b=it\'s]user/1").groups[0][0].variables == {"a": "1,2", "b": "it's"}


def test_brackets_inside_quotes_do_not_end_the_variables():
    assert parse_dial_string("{a='x]}y'}user/1").variables == {"a": "x]}y"}
