"""Numbers, dates, times and money as they are spoken: each is read back and must be what went in."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain import speech

DIGITS = "零一二三四五六七八九"
NUMBERS = st.integers(-(10**12) + 1, 10**12 - 1)


def zh(ids):
    return "".join(speech.atoms("zh")[word] for word in ids)


def en(ids):
    return " ".join(speech.atoms("en")[word] for word in ids)


def read_mandarin(text):
    """The value of a number written in Chinese, by the rules of reading, not by those of the code."""
    if text.startswith("负"):
        return -read_mandarin(text[1:])
    for unit, power in (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10)):
        if unit in text:
            head, tail = text.split(unit, 1)
            head = head.lstrip("零")
            return (read_mandarin(head) if head else 1) * power + (read_mandarin(tail) if tail else 0)
    text = text.lstrip("零") or "零"
    return 2 if text == "两" else DIGITS.index(text)


def read_english(text):
    ones = {en((f"n{n}",)): n for n in range(100)}
    total = group = 0
    sign = -1 if text.startswith("minus ") else 1
    pending = []
    for word in [*text.removeprefix("minus ").split(), "end"]:
        if word in ("hundred", "thousand", "million", "billion", "and", "end"):
            group += ones[" ".join(pending)] if pending else 0
            pending = []
            if word == "hundred":
                group *= 100
            elif word not in ("and", "end"):
                total += group * {"thousand": 10**3, "million": 10**6, "billion": 10**9}[word]
                group = 0
        else:
            pending.append(word)
    return sign * (total + group)


@given(NUMBERS)
def test_a_number_spoken_in_mandarin_is_understood_as_the_same_number(n):
    assert read_mandarin(zh(speech.say_number(n, "zh"))) == n


@given(NUMBERS)
def test_a_number_spoken_in_english_is_understood_as_the_same_number(n):
    assert read_english(en(speech.say_number(n, "en"))) == n


@given(NUMBERS)
def test_mandarin_never_says_two_noughts_in_a_row_nor_ends_on_one(n):
    spoken = zh(speech.say_number(n, "zh"))
    assert "零零" not in spoken
    assert n == 0 or not spoken.endswith("零")


@pytest.mark.parametrize(
    ("n", "spoken"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (23, "二十三"),
        (105, "一百零五"),
        (110, "一百一十"),
        (113, "一百一十三"),
        (200, "二百"),
        (1005, "一千零五"),
        (1010, "一千零一十"),
        (2000, "两千"),
        (2222, "两千二百二十二"),
        (12345, "一万二千三百四十五"),
        (20000, "两万"),
        (100_005, "十万零五"),
        (100_005_000, "一亿零五千"),
        (1_200_000_000, "十二亿"),
        (-5, "负五"),
    ],
)
def test_mandarin_numbers_follow_the_customary_reading(n, spoken):
    assert zh(speech.say_number(n, "zh")) == spoken


def test_two_callers_are_liang_and_twelve_are_not():
    assert zh(speech.say_count(2, "zh")) == "两"
    assert zh(speech.say_count(12, "zh")) == "十二"


def test_an_agent_number_is_read_in_telephone_fashion():
    assert zh(speech.say_digits("8001", "zh")) == "八零零幺"
    assert en(speech.say_digits("8001", "en")) == "eight zero zero one"


@given(st.text("0123456789", min_size=1))
def test_every_digit_is_spoken_and_nothing_else(text):
    for lang in speech.LANGUAGES:
        assert "".join(word[1:] for word in speech.say_digits(text, lang)) == text


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_a_date_spoken_in_mandarin_is_understood_as_the_same_day(day):
    year, month, rest = re.fullmatch("(.*)年(.*)月(.*)日", zh(speech.say_date(day, "zh"))).groups()
    assert int("".join(str(DIGITS.index(c)) for c in year)) == day.year
    assert (read_mandarin(month), read_mandarin(rest)) == (day.month, day.day)


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_spoken_in_mandarin_is_understood_as_the_same_time(hour, minute):
    spoken = zh(speech.say_time(hour, minute, "zh"))
    part, hours, minutes = re.fullmatch("(凌晨|上午|中午|下午|晚上)(.+)点(?:(.+)分)?", spoken).groups()
    later = 12 if part in ("下午", "晚上") else 0
    assert (read_mandarin(hours) + later, read_mandarin(minutes) if minutes else 0) == (hour, minute)


@given(st.integers(0, 10**7))
def test_a_duration_spoken_in_mandarin_is_understood_as_the_same_length(seconds):
    total = 0
    for value, unit in re.findall("(.+?)(小时|分钟|秒)", zh(speech.say_duration(seconds, "zh"))):
        total += read_mandarin(value) * {"小时": 3600, "分钟": 60, "秒": 1}[unit]
    assert total == seconds


@given(st.integers(0, 10**12))
def test_an_amount_spoken_in_mandarin_is_understood_as_the_same_amount(fen):
    yuan, jiao, single = re.fullmatch(
        "(?:(.+)元)?(?:(.)角)?零?(?:(.)分)?", zh(speech.say_money(fen, "zh"))
    ).groups()
    values = [read_mandarin(part) if part else 0 for part in (yuan, jiao, single)]
    assert values[0] * 100 + values[1] * 10 + values[2] == fen


def test_a_moment_is_spoken_as_the_clocks_in_china_show_it():
    moment = dt.datetime(2026, 11, 24, 1, 5, tzinfo=dt.UTC).timestamp()
    assert zh(speech.say_moment(moment, "zh")) == "二零二六年十一月二十四日上午九点零五分"
    assert en(speech.say_moment(moment, "en")) == "November twenty fourth twenty twenty six nine oh five A M"


def test_the_day_of_the_week_is_spoken():
    assert zh(speech.say_weekday(dt.date(2026, 11, 22), "zh")) == "星期日"


@given(
    st.sampled_from(["number", "count", "duration", "money"]),
    st.integers(0, 10**9),
    st.sampled_from(["zh", "en"]),
)
def test_whatever_is_spoken_has_a_text_for_its_recording(kind, n, lang):
    assert set(speech.say(kind, str(n), lang)) <= set(speech.atoms(lang))


@given(
    st.datetimes(timezones=st.just(dt.UTC)).filter(lambda when: when.year >= 1000),
    st.sampled_from(["zh", "en"]),
)
def test_every_day_and_time_has_texts_for_its_recordings(when, lang):
    spoken = speech.say_date(when.date(), lang) + speech.say_time(when.hour, when.minute, lang)
    assert set(spoken + speech.say_weekday(when.date(), lang)) <= set(speech.atoms(lang))


@pytest.mark.parametrize(
    ("kind", "value", "spoken"),
    [
        ("number", " 12 ", "十二"),
        ("number", "3.5", "三点五"),
        ("number", "0.05", "零点零五"),
        ("number", "3.5%", "百分之三点五"),
        ("number", "-13%", "负百分之十三"),
        ("number", "-2.10", "负二点一零"),
        ("count", "2", "两"),
        ("count", "2.5", "二点五"),
        ("digits", "12366", "幺二三六六"),
        ("digits", "A12-3", "A幺二杠三"),
        ("digits", "sz/2026.7", "SZ斜杠二零二六点七"),
        ("date", "2026-01-02", "二零二六年一月二日"),
        ("time", "17:30", "下午五点三十分"),
        ("duration", "125", "两分钟五秒"),
        ("money", "12.05", "十二元零五分"),
        ("money", "0.5", "五角"),
        ("money", "1234.56", "一千二百三十四元五角六分"),
    ],
)
def test_values_that_come_as_text_are_read_by_their_kind(kind, value, spoken):
    assert zh(speech.say(kind, value, "zh")) == spoken


@pytest.mark.parametrize(
    ("kind", "value", "spoken"),
    [
        ("number", "3.5", "three point five"),
        ("number", "-3.5%", "minus three point five percent"),
        ("count", "2.5", "two point five"),
        ("digits", "A12-3", "A one two dash three"),
        ("digits", "b/7", "B slash seven"),
    ],
)
def test_they_are_read_in_english_as_well(kind, value, spoken):
    assert en(speech.say(kind, value, "en")) == spoken


@pytest.mark.parametrize(
    ("kind", "value", "lang"),
    [
        ("number", "3.", "zh"),
        ("number", "1_000", "zh"),
        ("count", "-2.5 %", "zh"),
        ("digits", "A#", "zh"),
        ("number", "many", "zh"),
        ("number", str(10**12), "zh"),
        ("digits", "80 01", "zh"),
        ("digits", "八", "zh"),
        ("date", "2026-02-30", "zh"),
        ("time", "24:00", "zh"),
        ("time", "9:5", "zh"),
        ("duration", "-1", "zh"),
        ("money", "0.005", "zh"),
        ("money", "NaN", "zh"),
        ("money", "Infinity", "zh"),
        ("colour", "red", "zh"),
        ("number", "1", "fr"),
    ],
)
def test_what_cannot_be_read_out_is_refused(kind, value, lang):
    with pytest.raises(speech.Unspeakable):
        speech.say(kind, value, lang)
