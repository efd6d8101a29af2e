"""How long a session lasts, how dear a password's hash is: the settings sign-in goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pupiltrack_core.settings import PasswordHashing, Settings, derive_key, load_secret

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Without `rate_limit_key` everything works but `sign_in`, which only the server calls."""

    idle: timedelta = timedelta(minutes=60)
    lifetime: timedelta = timedelta(hours=12)
    single_device: bool = True
    hashing: PasswordHashing = PasswordHashing.HARDENED
    rate_limit_key: bytes = field(default=b"", repr=False)


DEFAULT_POLICY = SignInPolicy()


def policy_for_server(settings: Settings) -> SignInPolicy:
    """Return the policy with the key for rate limits; makes the secret file at first use."""
    return SignInPolicy(
        idle=timedelta(minutes=settings.idle_minutes),
        lifetime=timedelta(hours=settings.session_hours),
        single_device=settings.single_device,
        hashing=settings.password_hashing,
        rate_limit_key=derive_key(load_secret(settings.secret_file), "rate limits"),
    )


def policy_for_page(settings: Settings) -> SignInPolicy:
    """Return the policy a page's kernel needs to tell whether its session is live; no secret."""
    return SignInPolicy(idle=timedelta(minutes=settings.idle_minutes))


def utc_now() -> datetime:
    """The clock everything uses unless a test hands in another."""
    return datetime.now(UTC)
