"""The project's own nginx site in front of a portal under test, and a browser that goes through."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.client import ClientConnection, connect

from tests.served.client import Browser

SITE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NAME = "assessment.example.gov.uk"
# Another address of this machine than the portal and nginx have.
CLIENT = "127.0.0.2"
MISSING = "nginx was not found. Run `make test`, which installs it, or install the Debian package."
_SECONDS = 20
_MAIN = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/main-error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """nginx, running: where it listens and what it writes down."""

    https_port: int
    http_port: int
    certificate: Path
    folder: Path

    @property
    def log(self) -> str:
        """What it has written of requests so far."""
        return (self.folder / "pupiltrack.log").read_text(encoding="utf-8")

    def trust(self) -> ssl.SSLContext:
        """What trusts its certificate, and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def browser(self) -> Browser:
        """A browser without cookies that knows the portal by its public address."""
        return _BrowserOutside(self)


class _BrowserOutside(Browser):
    def __init__(self, front: Front) -> None:
        super().__init__(front.https_port)
        self._front = front
        self.host = f"{NAME}:{front.https_port}"
        self.origin = f"https://{self.host}"

    def connection(self) -> http.client.HTTPConnection:
        """A connection to nginx, from an address of its own."""
        made = http.client.HTTPSConnection(NAME, self.port, timeout=60, context=self._front.trust())
        made.sock = self._front.trust().wrap_socket(_reach(self.port), server_hostname=NAME)
        return made

    def outside_socket(self, kernel_id: str) -> ClientConnection:
        """Open the socket of a page's kernel through nginx."""
        return connect(
            f"wss://{self.host}/api/kernels/{kernel_id}/channels?session_id=of-a-test",
            sock=_reach(self.port),
            ssl=self._front.trust(),
            server_hostname=NAME,
            origin=self.origin,  # type: ignore[arg-type]  # a text of its own type
            additional_headers={"Cookie": self.cookie_line},
            subprotocols=["v1.kernel.websocket.jupyter.org"],  # type: ignore[list-item]
            open_timeout=30,
            max_size=None,
        )


@contextmanager
def running_nginx(
    folder: Path, *, portal_port: int, https_port: int, http_port: int
) -> Iterator[Front]:
    """Start nginx with the project's site, changed in its ports and paths alone."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
    if program is None:
        raise FileNotFoundError(MISSING)
    certificate = _write_certificate(folder)
    text = SITE.read_text(encoding="utf-8")
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)  # not every machine has it
    for old, new in (
        ("server 127.0.0.1:8866;", f"server 127.0.0.1:{portal_port};"),
        ("listen 443 ", f"listen 127.0.0.1:{https_port} "),
        ("listen 80 ", f"listen 127.0.0.1:{http_port} "),
        ("/etc/ssl/pupiltrack", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert old in text, old
        text = text.replace(old, new)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    (folder / "main.conf").write_text(_MAIN.format(folder=folder), encoding="utf-8")
    process = subprocess.Popen(
        [program, "-c", folder / "main.conf", "-p", folder, "-e", folder / "main-error.log"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_it_listens(process, https_port)
        yield Front(https_port, http_port, certificate, folder)
    finally:
        process.terminate()
        process.communicate(timeout=_SECONDS)


def _reach(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 60, source_address=(CLIENT, 0))


def _wait_until_it_listens(process: subprocess.Popen[str], port: int) -> None:
    give_up = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            _reach(port).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    raise AssertionError(f"nginx did not start: {process.communicate()[1]}")


def _write_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    own = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(own), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "fullchain.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
