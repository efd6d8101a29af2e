"""From settings to the policy that sign-in goes by."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pupiltrack_core.services.sign_in_policy import (
    SignInPolicy,
    policy_for_page,
    policy_for_server,
)
from pupiltrack_core.settings import (
    PasswordHashing,
    SecondStepRule,
    Settings,
    SignInProfile,
    load_settings,
)


def keys_of(policy: SignInPolicy) -> dict[str, bytes]:
    return {
        name: getattr(policy, name)
        for name in ("rate_limit_key", "code_pepper", "app_key", "proof_key")
    }


def test_policy_for_server_follows_every_setting(tmp_path: Path) -> None:
    settings = Settings(
        secret_file=tmp_path / "secret",
        idle_minutes=30,
        session_hours=10,
        single_device=False,
        password_hashing=PasswordHashing.FLOOR,
        sign_in_profile=SignInProfile.GUIDES,
        second_step=SecondStepRule.OPTIONAL,
    )
    policy = policy_for_server(settings)
    assert policy == SignInPolicy(
        idle=timedelta(minutes=30),
        lifetime=timedelta(hours=10),
        single_device=False,
        hashing=PasswordHashing.FLOOR,
        profile=SignInProfile.GUIDES,
        second_step_required=False,
        **keys_of(policy),
    )
    keys = set(keys_of(policy).values())
    assert len(keys) == 4  # one purpose, one key
    for key in keys:
        assert len(key) == 32
        assert key not in (tmp_path / "secret").read_bytes()
        assert repr(key) not in repr(policy)
    assert policy_for_server(settings) == policy  # the key outlives a restart


def test_policy_for_page_holds_no_secret(tmp_path: Path) -> None:
    settings = load_settings({"PUPILTRACK_IDLE_MINUTES": "30"})
    assert policy_for_page(settings) == SignInPolicy(idle=timedelta(minutes=30))


def test_default_settings_and_default_policy_agree(tmp_path: Path) -> None:
    policy = policy_for_server(Settings(secret_file=tmp_path / "secret"))
    # Of itself a portal asks everyone for a second step; the default policy is for what is no
    # sign-in.
    assert policy == SignInPolicy(second_step_required=True, **keys_of(policy))
