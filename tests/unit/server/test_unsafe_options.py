"""Options of Voila that stop the start, each in a sentence."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_portal.server.unsafe_options import refuse_unsafe_options


def server(**values: Any) -> Any:
    """What Voila's application is asked, safe unless told otherwise."""
    options = {
        "preheat_kernel": False,
        "progressive_rendering": False,
        "prelaunch_hook": None,
        "page_config_hook": None,
    }
    own = {"autoreload": False, "tornado_settings": {}, "log_level": logging.INFO}
    chosen = SimpleNamespace(**{name: values.get(name, usual) for name, usual in options.items()})
    return SimpleNamespace(
        voila_configuration=chosen,
        **{name: values.get(name, usual) for name, usual in own.items()},
    )


def test_refuse_unsafe_options_lets_the_usual_ones_pass() -> None:
    refuse_unsafe_options(server())
    refuse_unsafe_options(server(log_level=logging.WARNING))


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("preheat_kernel", True, "preheat_kernel on"),
        ("progressive_rendering", True, "progressive_rendering on"),
        ("prelaunch_hook", print, "hook"),
        ("page_config_hook", print, "hook"),
        ("autoreload", True, "for developers"),
        ("tornado_settings", {"debug": True}, "for developers"),
        ("log_level", logging.DEBUG, "log_level of DEBUG"),
    ],
)
def test_refuse_unsafe_options_names_what_to_take_out(
    option: str, value: object, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as refusal:
        refuse_unsafe_options(server(**{option: value}))
    assert "Take " in str(refusal.value)
