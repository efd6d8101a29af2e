"""Names are sorted and found whatever their capitals and accents."""

from __future__ import annotations

from pupiltrack_core.domain.names import name_key


def test_name_key_sorts_accented_names_among_their_letters() -> None:
    names = ["Zając", "Çelik", "davies", "Clarke", "Ömer", "Olsen", "Davies-Ng"]
    wanted = ["Çelik", "Clarke", "davies", "Davies-Ng", "Olsen", "Ömer", "Zając"]
    assert sorted(names, key=name_key) == wanted


def test_name_key_of_one_name_written_in_two_ways_is_the_same() -> None:
    assert name_key(" ZOE\u0308 ") == name_key("Zoë") == "zoe"
