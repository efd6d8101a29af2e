"""The portal's own HTML: sign-in, errors, and the frame round every page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

import jinja2

from pupiltrack_core.access import Page
from pupiltrack_core.domain.local_time import day_in_london, write_moment
from pupiltrack_core.services.my_account import MyAccount
from pupiltrack_core.services.second_step_setup import Offer, StepMethod
from pupiltrack_portal.server.app_picture import app_picture, spaced_secret
from pupiltrack_portal.server.errors_shown import ShownError
from pupiltrack_portal.server.front_end import PageFiles
from pupiltrack_portal.server.identity import PortalUser
from pupiltrack_portal.server.people import menu_for, place_line, role_of

_FRAME_TEMPLATE = "index.html.j2"


class Shell:
    """The templates, compiled once. Everything put into them is escaped."""

    def __init__(self, template_paths: list[str], *, assets: str) -> None:
        self.assets = assets
        self._plain = _environment(template_paths, is_async=False)
        self._streaming = _environment(template_paths, is_async=True)
        for environment in (self._plain, self._streaming):
            environment.globals["assets"] = assets

    def sign_in_page(
        self,
        *,
        form_token: str,
        next_page: str,
        user_name: str = "",
        problem: str | None = None,
        notice: str | None = None,
        asks_work: bool = False,
    ) -> str:
        """Return the sign-in page, with what went wrong last time if anything did.

        `asks_work`: a proof of work may be needed, for which it asks when the form is sent.
        """
        return self._plain.get_template("sign_in.html.j2").render(
            title="Sign in",
            form_token=form_token,
            next_page=next_page,
            user_name=user_name,
            problem=problem,
            notice=notice,
            asks_work=asks_work,
        )

    def entry_page(self, template: str, **values: Any) -> str:
        """Return one of the pages on the way in, for somebody not yet signed in."""
        return self._plain.get_template(template).render(person=None, menu=(), **values)

    def set_up_page(
        self,
        *,
        form_token: str,
        next_page: str,
        offer: Offer,
        user_name: str,
        methods: Collection[StepMethod],
        problem: str | None,
        at: str,
    ) -> str:
        """Return the page that offers second steps; `at` is the one the problem is about."""
        return self.entry_page(
            "set_up_second_step.html.j2",
            title="Choose a second step",
            form_token=form_token,
            next_page=next_page,
            code=offer.code,
            places=[int(place) for place in offer.places],
            secret=spaced_secret(offer.secret),
            picture=app_picture(offer.secret, user_name=user_name),
            methods={str(method) for method in methods},
            problem=problem,
            at=at,
        )

    def account_page(
        self,
        user: PortalUser,
        *,
        form_token: str,
        account: MyAccount,
        offer: Offer,
        methods: Collection[StepMethod],
        rule: str,
        done: str | None,
        problem: str | None,
        at: str,
    ) -> str:
        """Return My account, with what was done or what is wrong at one of its forms."""
        return self._plain.get_template("account.html.j2").render(
            title="My account",
            account=account,
            code=offer.code,
            places=[int(place) for place in offer.places],
            secret=spaced_secret(offer.secret),
            picture=app_picture(offer.secret, user_name=account.user_name),
            methods={str(method) for method in methods},
            rule=rule,
            done=done,
            problem=problem,
            at=at,
            **_person(user, form_token=form_token),
        )

    def error_page(
        self,
        shown: ShownError,
        *,
        user: PortalUser | None,
        form_token: str,
        reference: str | None,
        address: str | None,
    ) -> str:
        """Return the page for an error; with the menu for a person who is signed in."""
        return self._plain.get_template("error.html.j2").render(
            title=shown.heading,
            shown=shown,
            reference=reference,
            address=address,
            **_person(user, form_token=form_token),
        )

    def frame(
        self,
        page: Page,
        user: PortalUser,
        *,
        places: tuple[str, ...],
        form_token: str,
        files: PageFiles,
        idle_seconds: int,
        steps: Mapping[str, Any],
    ) -> AsyncIterator[str]:
        """Return the pieces of a page's HTML, made while its kernel runs.

        `steps` are what the template calls on the way: `kernel_start`, `outputs` and
        `widget_state`.
        """
        return self._streaming.get_template(_FRAME_TEMPLATE).generate_async(
            title=page.heading,
            page=page,
            files=files,
            idle_seconds=idle_seconds,
            **_person(user, places=places, current=page, form_token=form_token),
            **steps,
        )


def _person(
    user: PortalUser | None,
    *,
    form_token: str,
    current: Page | None = None,
    places: tuple[str, ...] = (),
) -> dict[str, Any]:
    if user is None:
        return {"menu": (), "person": None, "current": None, "form_token": form_token}
    principal = user.principal
    return {
        "menu": menu_for(principal),
        "person": {
            "name": principal.display_name,
            "role": role_of(principal),
            "place": place_line(places),
        },
        "current": current,
        "form_token": form_token,
    }


def _environment(paths: list[str], *, is_async: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        enable_async=is_async,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = lambda at: f"{day_in_london(at):%d/%m/%Y}"
    environment.filters["moment"] = write_moment
    return environment
