"""Publishing the local authority's news to its schools."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.models import NewsItem
from pupiltrack_core.storage.news_items import (
    add_news_item,
    find_all_news,
    lock_news_item,
    remove_news_item,
)

NEWS_PUBLISHED = "news published"
NEWS_CHANGED, NEWS_ENDED = "news changed", "news ended"
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

    def is_on_show(self, today: date) -> bool:
        """Whether schools see it today."""
        return self.starts_on <= today and not self.is_over(today)

    def is_over(self, today: date) -> bool:
        """Whether its last day is past."""
        return self.ends_on is not None and self.ends_on < today


def all_news(caller: Caller, local_authority_id: int) -> tuple[NewsRecord, ...]:
    """Return every item of the authority, past and to come, newest first.

    Raises NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin() as work:
        work.require_over_authority(Action.PUBLISH_NEWS, local_authority_id)
        return tuple(_record(item) for item in find_all_news(work.session, local_authority_id))


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
        _require_days(starts_on, ends_on, today=day_in_london(work.now))
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
        item = _own_item(work, news_id)
        authority = item.local_authority_id
        remove_news_item(work.session, item)
        work.audit(NEWS_REMOVED, local_authority_id=authority, news=news_id)
        work.commit()


def change_news(caller: Caller, wanted: NewsRecord, *, shown: NewsRecord) -> None:
    """Give an item other words or days.

    `shown` is the item as the person saw it. Raises InvalidEntry as `publish_news`, but leaves days
    as they are that are not changed; Conflict when it was changed since it was shown; NotFound,
    AccessDenied and NotSignedIn. Nothing is changed then.
    """
    title = _text(wanted.title, longest=MAX_TITLE, field="title", lines=False)
    body = _text(wanted.body, longest=MAX_BODY, field="body", lines=True)
    with caller.begin(write=True, act=True) as work:
        item = _own_item(work, wanted.news_id)
        held = _record(item)
        if held != shown:
            raise Conflict(
                "Someone else changed this news after it was shown to you. Nothing was changed; "
                "what you entered is still here. Save again to keep yours.",
                yours=None,
                theirs=held.title,
                version=0,
            )
        if (wanted.starts_on, wanted.ends_on) != (held.starts_on, held.ends_on):
            _require_days(wanted.starts_on, wanted.ends_on, today=day_in_london(work.now))
        item.title, item.body = title, body
        item.starts_on, item.ends_on = wanted.starts_on, wanted.ends_on
        work.audit(NEWS_CHANGED, local_authority_id=item.local_authority_id, news=item.id)
        work.commit()


def end_news(caller: Caller, news_id: int) -> None:
    """Take an item off show from today on; its last day was then yesterday.

    Raises InvalidEntry for one that is not on show, or only since today; NotFound, AccessDenied and
    NotSignedIn.
    """
    with caller.begin(write=True, act=True) as work:
        item = _own_item(work, news_id)
        today = day_in_london(work.now)
        if not _record(item).is_on_show(today):
            raise InvalidEntry("This news is not on show. Nothing was changed.", field="ends_on")
        if item.starts_on == today:
            raise InvalidEntry(
                "This news is on show since today only. Remove it instead. Nothing was changed.",
                field="ends_on",
            )
        item.ends_on = today - timedelta(days=1)
        work.audit(NEWS_ENDED, local_authority_id=item.local_authority_id, news=news_id)
        work.commit()


def _own_item(work: Work, news_id: int) -> NewsItem:
    """Return the item of an authority the person publishes for, kept from others."""
    item = lock_news_item(work.session, news_id)
    if item is None:
        raise NotFound(_NO_SUCH_NEWS)
    try:
        work.require_over_authority(Action.PUBLISH_NEWS, item.local_authority_id)
    except NotFound as error:  # written down; in the same words as news that is not there
        raise NotFound(_NO_SUCH_NEWS) from error
    return item


def _record(item: NewsItem) -> NewsRecord:
    return NewsRecord(item.id, item.title, item.body, item.starts_on, item.ends_on)


def _require_days(starts_on: date, ends_on: date | None, *, today: date) -> None:
    if ends_on is not None and ends_on < max(starts_on, today):
        raise InvalidEntry(
            "The last day lies before the first, or is over already. Nothing was saved.",
            field="ends_on",
        )


def _text(text: str, *, longest: int, field: str, lines: bool) -> str:
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    if not tidy:
        raise InvalidEntry(f"The {field} is blank. Nothing was saved.", field=field)
    if len(tidy) > longest:
        raise InvalidEntry(
            f"The {field} has more than {longest:,} characters. Nothing was saved.", field=field
        )
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in allowed for mark in tidy):
        raise InvalidEntry(
            f"The {field} holds an invisible character. Type it again. Nothing was saved.",
            field=field,
        )
    return tidy
