"""How long a session lasts, how dear a password's hash is: the settings sign-in goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pupiltrack_core.settings import (
    PasswordHashing,
    SecondStepRule,
    Settings,
    SignInProfile,
    derive_key,
    load_secret,
)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Without the keys everything works but signing in, which only the server does.

    `code_pepper` and `app_key` are the server's parts of what seals the five digits and the
    secrets of authenticator apps.
    """

    idle: timedelta = timedelta(minutes=60)
    lifetime: timedelta = timedelta(hours=12)
    single_device: bool = True
    hashing: PasswordHashing = PasswordHashing.HARDENED
    profile: SignInProfile = SignInProfile.HARDENED
    second_step_required: bool = False
    guessed_names: int = 50  # tried in vain within ten minutes: see `guessing`
    rate_limit_key: bytes = field(default=b"", repr=False)
    code_pepper: bytes = field(default=b"", repr=False)
    app_key: bytes = field(default=b"", repr=False)
    proof_key: bytes = field(default=b"", repr=False)  # of the proofs of work it asks for


DEFAULT_POLICY = SignInPolicy()


def policy_for_server(settings: Settings) -> SignInPolicy:
    """Return the policy with the server's keys; makes the secret file at first use."""
    secret = load_secret(settings.secret_file)
    return SignInPolicy(
        idle=timedelta(minutes=settings.idle_minutes),
        lifetime=timedelta(hours=settings.session_hours),
        single_device=settings.single_device,
        hashing=settings.password_hashing,
        profile=settings.sign_in_profile,
        second_step_required=settings.second_step is SecondStepRule.REQUIRED,
        guessed_names=settings.guessed_names,
        rate_limit_key=derive_key(secret, "rate limits"),
        code_pepper=derive_key(secret, "entry codes"),
        app_key=derive_key(secret, "authenticator apps"),
        proof_key=derive_key(secret, "proofs of work"),
    )


def policy_for_page(settings: Settings) -> SignInPolicy:
    """Return the policy a page's kernel needs to tell whether its session is live; no secret."""
    return SignInPolicy(idle=timedelta(minutes=settings.idle_minutes))


def utc_now() -> datetime:
    """The clock everything uses unless a test hands in another."""
    return datetime.now(UTC)
