"""The security headers of every answer, as plain values.

No foreign host appears anywhere: whatever a page needs is served by the portal itself.
"""

from __future__ import annotations

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media"),
        *("geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone"),
        *("midi", "payment", "serial", "usb", "xr-spatial-tracking"),
    )
)
ONE_YEAR = 365 * 24 * 3600
NO_STORE = "no-store"
IMMUTABLE = f"public, max-age={ONE_YEAR}, immutable"


def content_security_policy(*, evaluate: bool = False) -> str:
    """Return the Content-Security-Policy of one answer.

    Every script is a file of the portal's own: none stands in a page and none comes from a kernel.
    `evaluate` lets ipydatagrid compile its cell colours, and is for the pages that show such a
    grid. Styles stay inline-able: ipywidgets sets them on elements.
    """
    scripts = ["'self'"]
    if evaluate:
        scripts.append("'unsafe-eval'")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


DOWNLOAD_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def common_headers(*, https: bool) -> dict[str, str]:
    """Return the headers every answer carries, whatever it is."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cache-Control": NO_STORE,
        "Content-Security-Policy": content_security_policy(),
    }
    if https:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    return headers
