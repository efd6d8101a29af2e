"""Options of Voila with which the portal does not start."""

from __future__ import annotations

import logging

from voila.app import Voila

from pupiltrack_core.errors import ConfigurationError


def refuse_unsafe_options(server: Voila) -> None:
    """Raise `ConfigurationError`, naming the option, for one that voila.json must not set."""
    chosen = server.voila_configuration
    if chosen.preheat_kernel:
        raise ConfigurationError(
            "voila.json switches preheat_kernel on. A preheated kernel can run one person's "
            "page as another, so the portal does not start with it. Take it out."
        )
    if chosen.progressive_rendering:
        raise ConfigurationError(
            "voila.json switches progressive_rendering on, whose socket does not check whose "
            "page it runs, so the portal does not start with it. Take it out."
        )
    if chosen.prelaunch_hook is not None or chosen.page_config_hook is not None:
        raise ConfigurationError(
            "Voila's configuration sets a hook, which the portal does not call. Take it out."
        )
    if server.autoreload or server.tornado_settings:
        raise ConfigurationError(
            "voila.json sets autoreload or tornado_settings, which are for developers: with them "
            "a fault could be shown with what it holds. Take them out."
        )
    if server.log_level < logging.INFO:
        raise ConfigurationError(
            "voila.json sets a log_level of DEBUG, which would write what pages are sent into the "
            "log. Take it out, or say INFO."
        )
