"""How the person signed in is described in the page's header."""

from __future__ import annotations

from dataclasses import dataclass

from pupiltrack_core.access import Page, Principal, pages_for


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry of the menu: a page, or a heading over several pages."""

    label: str
    pages: tuple[Page, ...]

    @property
    def is_group(self) -> bool:
        """Whether the entry opens a list of pages."""
        return self.label in _GROUPS


_REPORTS, _AUTHORITY, _OVERSIGHT = "Reports", "Local authority", "Oversight"
_GROUPS = {
    _REPORTS: (
        Page.FULL_REPORT,
        Page.MATRIX,
        Page.TRANSITION,
        Page.VENN,
        Page.MEETINGS,
        Page.FIGURES,
    ),
    _AUTHORITY: (Page.SCHOOLS,),
    _OVERSIGHT: (Page.ACTIVITY, Page.DUTIES),
}
_ORDER: tuple[Page | str, ...] = (
    *(Page.HOME, Page.ASSESSMENTS, Page.PUPILS, Page.SUBMISSIONS),
    *(_REPORTS, Page.MAINTENANCE, Page.ACCOUNTS, _AUTHORITY, _OVERSIGHT, Page.SUPPORT),
)


def menu_for(principal: Principal) -> tuple[MenuEntry, ...]:
    """Return the menu of this person: only pages their role opens, in the portal's order."""
    allowed = pages_for(principal)
    entries = []
    for item in _ORDER:
        pages = (item,) if isinstance(item, Page) else _GROUPS[item]
        shown = tuple(page for page in pages if page in allowed)
        if shown:
            label = item.heading if isinstance(item, Page) else item
            entries.append(MenuEntry(label, shown))
    return tuple(entries)


def role_of(principal: Principal) -> str:
    """Return the person's roles in words, each once, such as "Headteacher"."""
    return ", ".join(dict.fromkeys(membership.role.label for membership in principal.memberships))


def place_line(places: tuple[str, ...]) -> str:
    """Return the places in a line short enough for the header; empty for none."""
    if len(places) > 2:
        return f"{places[0]} and {len(places) - 1} more"
    return " and ".join(places)
