"""Settings: where they come from, what is refused, and what a page's kernel is told."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.settings import (
    SETTING_NAMES,
    MailSecurity,
    PasswordHashing,
    SecondStepRule,
    Settings,
    SignInProfile,
    derive_key,
    load_page_opening,
    load_secret,
    load_settings,
    page_environment,
)


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_config(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_load_settings_without_file_or_variables(tmp_path: Path) -> None:
    settings = load_settings({})
    assert settings.database_url == f"sqlite:///{tmp_path}/var/pupiltrack.sqlite"
    assert settings.secret_file == tmp_path / "var/secret"
    assert (settings.host, settings.port) == ("127.0.0.1", 8866)
    assert (settings.idle_minutes, settings.session_hours) == (60, 12)
    assert settings.single_device is True
    assert settings.password_hashing is PasswordHashing.HARDENED
    assert (settings.notebooks_dir / "reports").parent.name == "notebooks"
    assert settings.secure_cookies is False


def test_load_settings_reads_the_process_environment_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUPILTRACK_PORT", "9001")
    assert load_settings().port == 9001


def test_load_settings_finds_the_file_in_the_current_directory(tmp_path: Path) -> None:
    write_config(tmp_path / "pupiltrack.toml", "port = 9000\nsingle_device = false\n")
    settings = load_settings({})
    assert settings.port == 9000
    assert settings.single_device is False


def test_load_settings_prefers_the_environment_to_the_file(tmp_path: Path) -> None:
    config = write_config(tmp_path / "other.toml", "port = 9000\nidle_minutes = 30\n")
    settings = load_settings({"PUPILTRACK_PORT": "9001"}, config)
    assert (settings.port, settings.idle_minutes) == (9001, 30)


def test_load_settings_takes_the_file_the_environment_names(tmp_path: Path) -> None:
    config = write_config(
        tmp_path / "etc" / "portal.toml", 'database_url = "sqlite:///data/school.sqlite"\n'
    )
    settings = load_settings({"PUPILTRACK_CONFIG": str(config)})
    assert settings.database_url == f"sqlite:///{tmp_path}/etc/data/school.sqlite"


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/school.sqlite", "postgresql://portal@db/pupiltrack"]
)
def test_load_settings_keeps_an_absolute_address(url: str) -> None:
    assert load_settings({"PUPILTRACK_DATABASE_URL": url}).database_url == url


def test_load_settings_refuses_a_missing_named_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings({}, tmp_path / "absent.toml")


def test_load_settings_refuses_a_file_that_is_not_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not TOML"):
        load_settings({}, write_config(tmp_path / "broken.toml", "port = = 1"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "eighty"),
        ("port", "65536"),
        ("port", "-1"),
        ("idle_minutes", "0"),
        ("idle_minutes", "61"),
        ("session_hours", "25"),
        ("session_hours", "10"),  # ten extensions of 60 minutes no longer fit
        ("single_device", "perhaps"),
        ("password_hashing", "md5"),
        ("public_url", "assessment.example.sch.uk"),
        ("public_url", "https://assessment.example.sch.uk/portal"),
        ("database_url", "  "),
        ("max_kernels", "0"),
        ("singel_device", "true"),
    ],
)
def test_load_settings_names_the_setting_it_refuses(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_settings({f"PUPILTRACK_{name.upper()}": value})


def test_load_settings_refuses_https_without_behind_proxy() -> None:
    public = {"PUPILTRACK_PUBLIC_URL": "https://assessment.example.sch.uk"}
    with pytest.raises(ConfigurationError, match="behind_proxy is not true"):
        load_settings(public)
    assert load_settings({**public, "PUPILTRACK_BEHIND_PROXY": "true"}).secure_cookies
    plain = {"PUPILTRACK_PUBLIC_URL": "http://portal.localhost:8866"}
    assert load_settings(plain).behind_proxy is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "portal.internal"])  # noqa: S104
def test_load_settings_refuses_to_be_reached_from_elsewhere_without_tls(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"in the open.*proxy that serves TLS"):
        load_settings({"PUPILTRACK_HOST": host})
    behind_tls = {
        "PUPILTRACK_HOST": host,
        "PUPILTRACK_PUBLIC_URL": "https://assessment.example.sch.uk",
        "PUPILTRACK_BEHIND_PROXY": "true",
    }
    assert load_settings(behind_tls).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "me.localhost"])
def test_load_settings_lets_this_machine_alone_do_without_tls(host: str) -> None:
    assert load_settings({"PUPILTRACK_HOST": host}).host == host


def test_load_settings_refuses_an_http_address_that_others_use() -> None:
    with pytest.raises(ConfigurationError, match="public_url is an http address"):
        load_settings({"PUPILTRACK_PUBLIC_URL": "http://assessment.example.sch.uk"})


@pytest.mark.parametrize("text", ["", "age1short", "AGE-SECRET-KEY-1QQQ", "age1" + "b" * 58])
def test_load_settings_refuses_what_is_no_public_key(text: str) -> None:
    with pytest.raises(ConfigurationError, match="backup_recipients"):
        load_settings({"PUPILTRACK_BACKUP_RECIPIENTS": text})


def test_load_settings_takes_several_public_keys(tmp_path: Path) -> None:
    keys = ("age1" + "q" * 58, "age1" + "z" * 58)
    config = write_config(tmp_path / "a.toml", f'backup_recipients = ["{keys[0]}", "{keys[1]}"]')
    assert load_settings({}, config).backup_recipients == keys
    assert (
        load_settings({"PUPILTRACK_BACKUP_RECIPIENTS": ", ".join(keys)}).backup_recipients == keys
    )
    with pytest.raises(ConfigurationError, match="backup_recipients"):
        load_settings({}, write_config(tmp_path / "b.toml", "backup_recipients = [1]"))


def test_load_settings_refuses_an_unknown_name_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'prot', found in .*pupiltrack\.toml"):
        load_settings({}, write_config(tmp_path / "pupiltrack.toml", "prot = 1"))


def test_load_settings_refuses_cheap_hashing_where_real_people_sign_in() -> None:
    variables = {
        "PUPILTRACK_PUBLIC_URL": "https://assessment.example.sch.uk/",
        "PUPILTRACK_BEHIND_PROXY": "true",
        "PUPILTRACK_PASSWORD_HASHING": "floor",
    }
    with pytest.raises(ConfigurationError, match="password_hashing"):
        load_settings(variables)
    settings = load_settings({**variables, "PUPILTRACK_PASSWORD_HASHING": "hardened"})
    assert settings.secure_cookies is True
    assert settings.public_url == "https://assessment.example.sch.uk"


def test_load_settings_accepts_every_setting_from_the_environment() -> None:
    variables = {
        "PUPILTRACK_DATABASE_URL": "postgresql://portal@db/pupiltrack",
        "PUPILTRACK_HOST": "::1",
        "PUPILTRACK_PORT": "80",
        "PUPILTRACK_PUBLIC_URL": "http://portal.localhost",
        "PUPILTRACK_BEHIND_PROXY": "yes",
        "PUPILTRACK_SECRET_FILE": "/srv/secret",
        "PUPILTRACK_IDLE_MINUTES": "15",
        "PUPILTRACK_SESSION_HOURS": "20",
        "PUPILTRACK_SINGLE_DEVICE": "no",
        "PUPILTRACK_PASSWORD_HASHING": "Floor",
        "PUPILTRACK_SIGN_IN_PROFILE": "guides",
        "PUPILTRACK_SECOND_STEP": "Optional",
        "PUPILTRACK_GUESSED_NAMES": "200",
        "PUPILTRACK_SMTP_HOST": "mail.example",
        "PUPILTRACK_SMTP_PORT": "465",
        "PUPILTRACK_SMTP_SECURITY": "tls",
        "PUPILTRACK_SMTP_USER": "portal",
        "PUPILTRACK_SMTP_PASSWORD_FILE": "/srv/mail-password",
        "PUPILTRACK_MAIL_FROM": "portal@example.org",
        "PUPILTRACK_MAIL_SPOOL": "/srv/mail",
        "PUPILTRACK_BACKUP_FOLDER": "/srv/backups",
        "PUPILTRACK_BACKUP_RECIPIENTS": "age1" + "q" * 58,
        "PUPILTRACK_BACKUP_DAYS": "7",
        "PUPILTRACK_BACKUP_DATABASE_URL": "postgresql://backup@db/pupiltrack",
        "PUPILTRACK_BATCH_FOLDER": "/srv/batches",
        "PUPILTRACK_PAGE_LOG": "/srv/pages.log",
        "PUPILTRACK_NOTEBOOKS_DIR": "/srv/pages",
        "PUPILTRACK_MAX_KERNELS": "12",
        "PUPILTRACK_KERNEL_MEMORY_MB": "1024",
        "PUPILTRACK_MIN_FREE_MEMORY_MB": "0",
    }
    assert {f"PUPILTRACK_{name.upper()}" for name in SETTING_NAMES} == set(variables)
    assert load_settings(variables) == Settings(
        database_url="postgresql://portal@db/pupiltrack",
        host="::1",
        port=80,
        public_url="http://portal.localhost",
        behind_proxy=True,
        secret_file=Path("/srv/secret"),
        idle_minutes=15,
        session_hours=20,
        single_device=False,
        password_hashing=PasswordHashing.FLOOR,
        sign_in_profile=SignInProfile.GUIDES,
        second_step=SecondStepRule.OPTIONAL,
        guessed_names=200,
        smtp_host="mail.example",
        smtp_port=465,
        smtp_security=MailSecurity.TLS,
        smtp_user="portal",
        smtp_password_file=Path("/srv/mail-password"),
        mail_from="portal@example.org",
        mail_spool=Path("/srv/mail"),
        backup_folder=Path("/srv/backups"),
        backup_recipients=("age1" + "q" * 58,),
        backup_days=7,
        backup_database_url="postgresql://backup@db/pupiltrack",
        batch_folder=Path("/srv/batches"),
        page_log=Path("/srv/pages.log"),
        notebooks_dir=Path("/srv/pages"),
        max_kernels=12,
        kernel_memory_mb=1024,
        min_free_memory_mb=0,
    )


def test_settings_do_not_show_the_database_address() -> None:
    settings = load_settings({"PUPILTRACK_DATABASE_URL": "postgresql://portal:sentinel@db/x"})
    assert "sentinel" not in repr(settings)


def test_kernel_environment_is_enough_to_load_the_same_and_holds_no_secret() -> None:
    settings = load_settings({"PUPILTRACK_IDLE_MINUTES": "15"})
    variables = settings.kernel_environment()
    again = load_settings(variables)
    assert (again.database_url, again.idle_minutes) == (settings.database_url, 15)
    assert not any("SECRET" in name for name in variables)


def test_kernel_environment_tells_pages_the_portals_address() -> None:
    here = Settings(port=9000)
    assert here.address == "http://127.0.0.1:9000"
    assert load_settings(here.kernel_environment()).address == here.address
    public = Settings(public_url="https://assessment.example.sch.uk", behind_proxy=True)
    again = load_settings(public.kernel_environment())
    assert again.address == public.address == "https://assessment.example.sch.uk"


def test_load_page_opening_beside_settings() -> None:
    variables = {**page_environment(page="venn", ticket="abc"), "QUERY_STRING": "school=9992001"}
    opening = load_page_opening(variables)
    assert (opening.page, opening.ticket, opening.query) == ("venn", "abc", "school=9992001")
    assert "abc" not in repr(opening)
    assert load_settings(variables).port == 8866


@pytest.mark.parametrize("missing", ["PUPILTRACK_PAGE", "PUPILTRACK_PAGE_TICKET"])
def test_load_page_opening_outside_the_portal(missing: str) -> None:
    variables = page_environment(page="venn", ticket="abc")
    del variables[missing]
    with pytest.raises(ConfigurationError, match="through the portal"):
        load_page_opening(variables)


def test_load_secret_creates_it_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    secret = load_secret(path)
    assert len(secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secret(path) == secret
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_load_secret_raced_by_eight_gives_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(load_secret(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {path.read_bytes()}


def test_load_secret_refuses_a_file_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    load_secret(path)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_secret(path)


def test_load_secret_refuses_a_short_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="shorter than 32"):
        load_secret(path)


def test_load_secret_says_why_a_path_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_secret(tmp_path / "file" / "secret")


def test_derive_key_differs_by_purpose() -> None:
    assert derive_key(b"s" * 32, "cookies") != derive_key(b"s" * 32, "rate limits")
    assert derive_key(b"s" * 32, "cookies") == derive_key(b"s" * 32, "cookies")
