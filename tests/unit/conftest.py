"""Hypothesis may take its time: the machine decides how long a frame takes, not the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
