"""What can go wrong between a Jupyter server and the process its kernels are forked from."""

from __future__ import annotations


class SupervisorError(RuntimeError):
    """The supervisor cannot be started, reached or trusted. The message is for the operator."""


class PreloadRefused(SupervisorError):
    """A preloaded module left the process in a state that must not be forked."""


class LaunchRefused(SupervisorError):
    """The supervisor was reached, but did not fork the kernel asked for."""
