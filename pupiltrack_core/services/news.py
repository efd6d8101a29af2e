"""Publishing the local authority's news to its schools."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.access import Action
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.news_items import (
    add_news_item,
    find_all_news,
    find_news_item,
    remove_news_item,
)

NEWS_PUBLISHED = "news published"
NEWS_REMOVED = "news removed"
MAX_TITLE = 150
MAX_BODY = 5_000


@dataclass(frozen=True, slots=True)
class NewsRecord:
    """An item of news as its publisher sees it; `ends_on` is the last day it is shown."""

    news_id: int
    title: str
    body: str
    starts_on: date
    ends_on: date | None


def all_news(caller: Caller, local_authority_id: int) -> tuple[NewsRecord, ...]:
    """Return every item of the authority, past and to come, newest first.

    Raises NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin() as work:
        work.require_over_authority(Action.PUBLISH_NEWS, local_authority_id)
        return tuple(
            NewsRecord(item.id, item.title, item.body, item.starts_on, item.ends_on)
            for item in find_all_news(work.session, local_authority_id)
        )


def publish_news(
    caller: Caller,
    local_authority_id: int,
    *,
    title: str,
    body: str,
    starts_on: date,
    ends_on: date | None = None,
) -> int:
    """Publish an item to the authority's schools and return its id.

    Title and body are plain text; the body may have lines. Raises InvalidEntry for a blank or
    overlong text and for dates the wrong way round or over, NotFound, AccessDenied, NotSignedIn.
    """
    title = _text(title, longest=MAX_TITLE, field="title", lines=False)
    body = _text(body, longest=MAX_BODY, field="body", lines=True)
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.PUBLISH_NEWS, local_authority_id)
        if work.user_id is None:
            raise AccessDenied("News is published by a person who is signed in.")
        today = day_in_london(work.now)
        if ends_on is not None and ends_on < max(starts_on, today):
            raise InvalidEntry(
                "The last day lies before the first, or is over already. Nothing was published.",
                field="ends_on",
            )
        news_id = add_news_item(
            work.session,
            local_authority_id=local_authority_id,
            title=title,
            body=body,
            starts_on=starts_on,
            ends_on=ends_on,
            published_by=work.user_id,
        )
        work.audit(NEWS_PUBLISHED, local_authority_id=local_authority_id, news=news_id)
        work.commit()
        return news_id


_NO_SUCH_NEWS = "There is no such news. It may have been removed already."


def remove_news(caller: Caller, news_id: int) -> None:
    """Remove an item for good. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin(write=True, act=True) as work:
        item = find_news_item(work.session, news_id)
        if item is None:
            raise NotFound(_NO_SUCH_NEWS)
        authority = item.local_authority_id
        try:
            work.require_over_authority(Action.PUBLISH_NEWS, authority)
        except NotFound as error:  # written down; in the same words as news that is not there
            raise NotFound(_NO_SUCH_NEWS) from error
        remove_news_item(work.session, item)
        work.audit(NEWS_REMOVED, local_authority_id=authority, news=news_id)
        work.commit()


def _text(text: str, *, longest: int, field: str, lines: bool) -> str:
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    if not tidy:
        raise InvalidEntry(f"The {field} is blank. Nothing was published.", field=field)
    if len(tidy) > longest:
        raise InvalidEntry(
            f"The {field} has more than {longest:,} characters. Nothing was published.", field=field
        )
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in allowed for mark in tidy):
        raise InvalidEntry(
            f"The {field} holds an invisible character. Type it again. Nothing was published.",
            field=field,
        )
    return tidy
