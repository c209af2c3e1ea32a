"""One spelling for a number."""

import pytest

from hotline.domain.numbers import national, national_prefix


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("13812345678", "13812345678"),
        ("013812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("+86013812345678", "13812345678"),
        ("0512-5352 0000", "051253520000"),
        ("51253520000", "051253520000"),
        ("8651253520000", "051253520000"),
        ("+8651253520000", "051253520000"),
        ("+86051253520000", "051253520000"),
        ("+861066551234", "01066551234"),
        ("01066551234", "01066551234"),
        ("4008012366", "4008012366"),
        ("864008012366", "4008012366"),
        ("12366", "12366"),
        ("95588", "95588"),
        ("+85223456789", "0085223456789"),
        ("0085223456789", "0085223456789"),
        ("anonymous", ""),
        ("", ""),
    ],
)
def test_a_number_is_the_same_however_it_is_written(written, spelled):
    assert national(written) == spelled
    assert national(spelled) == spelled, "spelling it again changes nothing"


def test_a_number_from_the_own_area_gets_its_area_code():
    assert national("53520000", "0512") == "051253520000"
    assert national("86520000", "0512") == "051286520000", "86 is not always the country"
    assert national("53520000") == "53520000"


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("0512", "0512"),
        ("+86512", "0512"),
        ("138", "138"),
        ("0138", "138"),
        ("+86138", "138"),
        ("+8610", "010"),
        ("400", "400"),
        ("00852", "00852"),
        ("+852", "00852"),
        ("+86", ""),
        ("-", ""),
    ],
)
def test_a_beginning_is_spelled_as_the_numbers_are(written, spelled):
    assert national_prefix(written) == spelled
