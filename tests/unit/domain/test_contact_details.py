from __future__ import annotations

import pytest

from pupiltrack_core.domain.contact_details import tidy_email, tidy_phone


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("01524  555 0123", "01524 555 0123"),
        ("+44 (0)1524 555-0123", "+44 (0)1524 555-0123"),
        ("(01524) 5550123 ext 12", "(01524) 5550123 ext 12"),
        ("01524 5550123x7", "01524 5550123x7"),
        ("12345", "12345"),
        ("1234", None),
        ("", None),
        ("call us", None),
        ("01524 555 0123; DROP", None),
        ("0" * 31, None),
        ("(((((", None),
        ("٠١٢٣٤٥", None),
    ],
)
def test_tidy_phone(text: str, tidy: str | None) -> None:
    assert tidy_phone(text) == tidy


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        (" office@hillside.example ", "office@hillside.example"),
        ("a.o'neil+x@h-s.sch.example", "a.o'neil+x@h-s.sch.example"),
        ("office@hillside", None),
        ("office@@hillside.example", None),
        ("office.@hillside.example", None),
        ("of fice@hillside.example", None),
        ("office@-hillside.example", None),
        ("office@hillside.example\nBcc: x@y.example", None),
        ("<script>@x.example", None),
        ("", None),
        ("a@" + "b" * 63 + "." + "c" * 190, None),
        ("x" * 245 + "@y.example", None),
    ],
)
def test_tidy_email(text: str, tidy: str | None) -> None:
    assert tidy_email(text) == tidy
