"""Choosing a cohort: what is offered, where a page starts, and what cannot be forged."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from sqlalchemy import update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, NotFound
from pupiltrack_core.storage.models import MembershipRow
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from tests.builders import make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    change,
    chips_of,
    field_of,
    keys_of,
    offered,
    press,
    press_chip,
    press_step,
    steps_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import (
    CLASS_TEACHER,
    FARAWAY,
    HILLSIDE,
    OAKFIELD,
    PERSONAL,
    Village,
)

TWO = (HILLSIDE, OAKFIELD)


def bar_of(context, choice: CohortChoice) -> CohortBar:
    return CohortBar(choice, context, on_selected=lambda: None)


def test_start_for_a_school_is_its_latest_year_and_all_years(open_as: OpenPage) -> None:
    choice = CohortChoice(open_as())
    assert choice.selection.academic_year == 2025
    assert choice.selection.years is YearRange.ALL_YEARS
    assert choice.selection.assessment_id is None
    assert choice.class_names == ("Ash", "Birch", "Maple")


@pytest.mark.parametrize("by_year_group", [True, False])
def test_start_for_a_teacher_of_two_classes_is_the_first_in_their_order(
    open_as: OpenPage, village: Village, by_year_group: bool
) -> None:
    choice = CohortChoice(open_as(CLASS_TEACHER), by_year_group=by_year_group)
    assert (choice.selection.years, choice.selection.class_name) == (4, "Birch")
    # Both, and a third class as well: a teacher sees the whole school.
    assert choice.class_names == ("Ash", "Birch", "Maple")
    with village.database.unit_of_work(write=True) as work:
        of = MembershipRow.user_id == village.people[CLASS_TEACHER]
        work.session.execute(update(MembershipRow).where(of).values(class_names=["Gone", "Ash"]))
        work.commit()
    chosen = CohortChoice(open_as(CLASS_TEACHER), by_year_group=by_year_group).selection
    assert (chosen.years, chosen.class_name) == (1, "Ash")


@pytest.mark.parametrize("query", [{"years": "4"}, {"years": "1"}, {"years": "4", "sex": "F"}])
def test_address_of_a_whole_year_group_is_that_for_a_class_teacher_too(
    open_as: OpenPage, query: dict[str, str]
) -> None:
    chosen = CohortChoice(open_as(CLASS_TEACHER, **query), by_year_group=True).selection
    assert (str(chosen.years), chosen.class_name) == (query["years"], None)


def test_start_for_a_class_teacher_without_class_that_year_is_all_years(open_as: OpenPage) -> None:
    choice = CohortChoice(open_as(CLASS_TEACHER, year="2024"))
    assert (choice.selection.academic_year, choice.selection.years) == (2024, YearRange.ALL_YEARS)
    assert choice.selection.class_name is None


def test_start_of_entry_is_one_year_group(open_as: OpenPage) -> None:
    assert CohortChoice(open_as(), by_year_group=True).selection.years == 1
    assert CohortChoice(open_as(years="all"), by_year_group=True).selection.years == 1
    assert CohortChoice(open_as(years="6"), by_year_group=True).selection.years == 6


def test_start_for_local_authority_is_every_school_where_the_page_can(
    open_as: OpenPage, village: Village
) -> None:
    whole = CohortChoice(open_as(Role.LA_ANALYST), with_authority=True)
    assert whole.selection.school_id is None
    assert whole.school is None
    single = CohortChoice(open_as(Role.LA_ANALYST))
    assert single.selection.school_id == village.hillside


def test_schools_on_offer_are_those_of_the_own_authority(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ANALYST)
    bar = bar_of(context, CohortChoice(context, with_authority=True))
    assert offered(bar.widget, "school") == ["all", "several", HILLSIDE, OAKFIELD]
    mine = open_as()
    assert "school" not in keys_of(bar_of(mine, CohortChoice(mine)).widget)


def test_address_with_every_choice_comes_back_the_same(open_as: OpenPage, village: Village) -> None:
    query = {
        "school": HILLSIDE,
        "year": "2025",
        "years": "4",
        "assessment": str(village.baseline),
        "class": "Maple",
        "sex": "F",
        "custom_1": "Y",
    }
    choice = CohortChoice(open_as(**query))
    assert {key: only for key, (only,) in parse_qs(choice.to_address()).items()} == query
    assert choice.assessment.name == "Baseline"
    assert not any(name in choice.to_address() for name in PERSONAL)


def test_address_of_a_whole_authority_comes_back_the_same(open_as: OpenPage) -> None:
    query = {"school": "all", "year": "2024", "years": "6", "fsm": "Y"}
    choice = CohortChoice(open_as(Role.LA_ADVISER, **query), with_authority=True)
    assert {key: only for key, (only,) in parse_qs(choice.to_address()).items()} == query


def test_several_schools_are_ticked_and_come_back_from_the_address(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.LA_ADVISER)
    choice = CohortChoice(context, with_authority=True)
    form = bar_of(context, choice).widget
    change(form, "school", "several")
    assert offered(form, "schools") == [HILLSIDE, OAKFIELD]
    assert choice.selection.school_ids == ()
    press(form, "select", school="several", schools=[OAKFIELD, HILLSIDE])
    assert choice.selection.school_ids == tuple(sorted(village.schools[s] for s in TWO))
    assert field_of(form, "schools")["value"] == [HILLSIDE, OAKFIELD]
    query = {key: only for key, (only,) in parse_qs(choice.to_address()).items()}
    assert (query["school"], query["schools"]) == ("several", f"{HILLSIDE},{OAKFIELD}")
    again = CohortChoice(open_as(Role.LA_ADVISER, **query), with_authority=True)
    assert (again.selection, again.several) == (choice.selection, True)


def test_several_schools_without_a_tick_keep_the_cohort_and_say_so(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER, school=OAKFIELD)
    choice = CohortChoice(context, with_authority=True)
    before = choice.selection
    form = bar_of(context, choice).widget
    change(form, "school", "several")
    press(form, "select", school="several")
    assert choice.selection == before
    assert "No school is ticked" in context.notice.messages[0]["text"]


@pytest.mark.parametrize("schools", [FARAWAY, f"{OAKFIELD},{FARAWAY}", "<b>", "1,2"])
def test_address_of_several_schools_with_one_out_of_reach_shows_the_usual(
    open_as: OpenPage, schools: str
) -> None:
    context = open_as(Role.LA_ADVISER, school="several", schools=schools)
    choice = CohortChoice(context, with_authority=True)
    assert (choice.selection.school_ids, choice.several) == ((), False)
    assert context.notice.messages[0]["kind"] == "warning"


def test_district_and_phase_are_offered_where_they_differ(
    open_as: OpenPage, village: Village
) -> None:
    make_school(village.database, laestab="9992050", district="North", phase="infant")
    make_school(village.database, laestab="9992051", district="South")
    context = open_as(Role.LA_ADVISER, district="North", phase="nonsense")
    choice = CohortChoice(context, with_authority=True)
    form = bar_of(context, choice).widget
    assert offered(form, "district") == ["", "North", "South"]
    assert offered(form, "phase") == ["", "infant", "primary"]
    assert (choice.selection.district, choice.selection.phase) == ("North", None)
    press(form, "select", phase="infant")
    assert (choice.selection.district, choice.selection.phase) == ("North", "infant")
    query = {key: only for key, (only,) in parse_qs(choice.to_address()).items()}
    assert (query["district"], query["phase"]) == ("North", "infant")
    press(form, "select", school=OAKFIELD)
    assert choice.selection.district is None
    assert "district" not in keys_of(form)


def test_last_cohort_comes_back_on_pages_that_share_it(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER)
    choice = CohortChoice(context, with_authority=True, remembered_as="reports")
    press(bar_of(context, choice).widget, "select", years="4", sex="F", school=OAKFIELD)
    again = CohortChoice(open_as(Role.LA_ADVISER), remembered_as="reports")
    assert again.selection == choice.selection
    asked = CohortChoice(open_as(Role.LA_ADVISER, years="1"), remembered_as="reports")
    assert (asked.selection.years, asked.school.laestab) == (1, HILLSIDE)
    assert CohortChoice(open_as(Role.LA_ADVISER)).school.laestab == HILLSIDE
    other = CohortChoice(open_as(Role.LA_ANALYST), remembered_as="reports")
    assert other.school.laestab == HILLSIDE


def test_last_cohort_that_is_out_of_reach_now_gives_way_to_the_usual(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.LA_ADVISER)
    choice = CohortChoice(context, with_authority=True, remembered_as="reports")
    press(bar_of(context, choice).widget, "select", school="several", schools=[OAKFIELD])
    press(bar_of(context, choice).widget, "select", years="4")
    single = open_as(Role.LA_ADVISER)
    usual = CohortChoice(single, remembered_as="reports")  # a page of one school at a time
    assert usual.school.laestab == HILLSIDE
    assert single.notice.messages == []


def test_address_with_a_written_laestab_finds_the_school(open_as: OpenPage) -> None:
    assert CohortChoice(open_as(Role.LA_ADVISER, school="999/2002")).school.laestab == OAKFIELD


def test_address_of_all_years_side_by_side_comes_back(open_as: OpenPage) -> None:
    context = open_as(years="4", assessment="year")
    choice = CohortChoice(context, by_year_group=True)
    assert choice.whole_year
    assert [item.name for item in choice.shown_assessments] == ["Baseline", "Autumn"]
    assert parse_qs(choice.to_address())["assessment"] == ["year"]


@pytest.mark.parametrize(
    "query",
    [
        {"school": OAKFIELD},
        {"school": FARAWAY},
        {"school": "all"},
        {"school": "9999999"},
        {"school": "<script>"},
        {"years": "99"},
        {"years": "4", "assessment": "abc"},
        {"years": "4", "assessment": "9" * 40},
        {"sex": "Q"},
        {"looked_after": "Y"},
        {"class": "x" * 200},
    ],
)
def test_address_that_asks_for_what_is_not_there_shows_the_usual_and_says_so(
    open_as: OpenPage, village: Village, query: dict[str, str]
) -> None:
    context = open_as(**query)
    choice = CohortChoice(context, with_authority=True)
    assert choice.selection.school_id == village.hillside
    assert choice.selection.years is YearRange.ALL_YEARS
    assert choice.selection.characteristics == ()
    assert [item["kind"] for item in context.notice.messages] == ["warning"]
    assert "usual cohort" in context.notice.messages[0]["text"]


def test_school_of_another_authority_is_out_of_reach_for_local_authority(
    open_as: OpenPage,
) -> None:
    context = open_as(Role.LA_ADMIN, school=FARAWAY)
    assert CohortChoice(context, with_authority=True).school is None
    assert context.notice.messages[0]["kind"] == "warning"


@pytest.mark.parametrize("year", ["1999", "2026", "abc", "-1", "²⁰²⁵"])
def test_year_that_is_not_on_record_becomes_the_latest(open_as: OpenPage, year: str) -> None:
    assert CohortChoice(open_as(year=year)).selection.academic_year == 2025


def test_class_and_assessment_that_are_not_of_the_cohort_fall_away(
    open_as: OpenPage, village: Village
) -> None:
    choice = CohortChoice(open_as(years="4", assessment=str(village.elsewhere), **{"class": "Elm"}))
    assert (choice.selection.assessment_id, choice.selection.class_name) == (None, None)


def test_parameters_nobody_knows_are_passed_over(open_as: OpenPage, village: Village) -> None:
    context = open_as(height="tall", school_id="2", authority_id="1")
    choice = CohortChoice(context)
    assert choice.selection.school_id == village.hillside
    assert context.notice.messages == []


def test_looked_after_is_never_offered(open_as: OpenPage) -> None:
    context = open_as()
    keys = keys_of(bar_of(context, CohortChoice(context)).widget)
    assert Characteristic.LOOKED_AFTER.value not in keys
    assert {"sex", "sen", "fsm"} <= set(keys)


def test_looked_after_in_a_message_is_refused(open_as: OpenPage) -> None:
    choice = CohortChoice(open_as())
    before = choice.selection
    with pytest.raises(AccessDenied):
        choice.choose_from({"looked_after": "Y"})
    assert choice.selection == before


def test_custom_filters_are_offered_by_the_schools_own_names(open_as: OpenPage) -> None:
    context = open_as()
    form = bar_of(context, CohortChoice(context)).widget
    assert field_of(form, "custom_1")["label"] == "Choir"
    assert "custom_2" not in keys_of(form)


def test_choices_of_a_range_hold_no_single_assessment(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    form = bar_of(context, CohortChoice(context)).widget
    assert offered(form, "assessment") == [""]
    change(form, "years", "4")
    assert offered(form, "assessment") == ["", str(village.autumn), str(village.baseline)]


def test_field_change_redraws_choices_and_chooses_nothing(open_as: OpenPage) -> None:
    context = open_as()
    choice = CohortChoice(context)
    before, classes = choice.selection, choice.class_names
    form = bar_of(context, choice).widget
    address = form.address
    change(form, "year", "2024")
    assert field_of(form, "year")["value"] == "2024"
    assert offered(form, "class") == ["", "Yew"]
    assert (choice.selection, form.address) == (before, address)
    assert choice.class_names == classes


def test_select_takes_the_choice_and_puts_it_in_the_address(open_as: OpenPage) -> None:
    context = open_as()
    choice = CohortChoice(context)
    selected = []
    bar = CohortBar(choice, context, on_selected=lambda: selected.append(choice.selection))
    change(bar.widget, "years", "4")
    press(bar.widget, "select", sex="F", **{"class": "Maple"})
    assert selected == [choice.selection]
    assert choice.selection.years == 4
    assert choice.selection.class_name == "Maple"
    assert choice.selection.characteristics == ((Characteristic.SEX, "F"),)
    assert bar.widget.address == choice.to_address()


def test_reset_drops_class_and_characteristics_alone(open_as: OpenPage, village: Village) -> None:
    context = open_as(years="4", assessment=str(village.baseline), sex="F", **{"class": "Maple"})
    choice = CohortChoice(context)
    form = bar_of(context, choice).widget
    press(form, "reset")
    assert form.said == "All filters were taken off."
    assert chips_of(form) == {}
    assert choice.selection.class_name is None
    assert choice.selection.characteristics == ()
    assert (choice.selection.years, choice.selection.assessment_id) == (4, village.baseline)


def test_forged_school_in_a_message_keeps_the_school_on_view(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER, school=OAKFIELD)
    choice = CohortChoice(context, with_authority=True)
    before = choice.selection
    press(bar_of(context, choice).widget, "select", school=FARAWAY)
    assert choice.selection == before


def test_forged_choices_in_a_message_choose_nothing_forbidden(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(years="4")
    choice = CohortChoice(context)
    press(
        bar_of(context, choice).widget,
        "select",
        school=OAKFIELD,
        assessment=str(village.elsewhere),
        sex="Q",
        looked_after="Y",
        **{"class": "Elm"},
    )
    assert choice.selection.school_id == village.hillside
    assert choice.selection.assessment_id is None
    assert (choice.selection.class_name, choice.selection.characteristics) == (None, ())


def test_choose_from_without_the_forms_guard_refuses_another_school(open_as: OpenPage) -> None:
    choice = CohortChoice(open_as())
    before = choice.selection
    with pytest.raises(NotFound):
        choice.choose_from({"school": FARAWAY})
    assert choice.selection == before


@pytest.mark.parametrize("content", [None, "select", [], {"kind": "button"}, {"kind": "change"}])
def test_message_of_another_shape_changes_nothing(open_as: OpenPage, content: object) -> None:
    context = open_as()
    choice = CohortChoice(context)
    before = choice.selection
    form = bar_of(context, choice).widget
    form._on_message(form, content, [])
    assert choice.selection == before


def test_revoked_session_between_two_messages_chooses_nothing(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as()
    choice = CohortChoice(context)
    form = bar_of(context, choice).widget
    before = choice.selection
    village.revoke(Role.TEACHER)
    press(form, "select", sex="F")
    change(form, "year", "2024")
    assert choice.selection == before
    assert_signed_out(context.notice)


def test_school_without_pupils_starts_at_the_year_of_today(village: Village, open_as) -> None:
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    context = open_as("new")
    choice = CohortChoice(context)
    assert choice.selection.academic_year == context.academic_year_now()
    assert offered(bar_of(context, choice).widget, "class") == [""]


def test_person_without_a_school_has_no_choice(village: Village, open_as: OpenPage) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    choice = CohortChoice(context)
    assert (choice.selection, choice.schools, choice.fields()) == (None, (), ())
    assert choice.to_address() == ""


# --- chips ----------------------------------------------------------------------------------------


def test_chips_are_the_filters_in_words_by_the_schools_own_names(open_as: OpenPage) -> None:
    context = open_as(years="4", sen="K", custom_1="Y", gld="U", **{"class": "Maple"})
    form = bar_of(context, CohortChoice(context)).widget
    assert form.chips["label"] == "Filters applied"
    assert chips_of(form) == {
        "class": "Class: Maple",
        "sen": "SEN: SEN support",
        "gld": "Good level of development: Not recorded",
        "custom_1": "Choir: Yes",
    }


def test_chip_of_a_custom_filter_without_a_name_can_be_taken_off(open_as: OpenPage) -> None:
    context = open_as(custom_3="Y")
    choice = CohortChoice(context)
    form = bar_of(context, choice).widget
    assert chips_of(form) == {"custom_3": "Custom 3: Yes"}
    press_chip(form, "custom_3")
    assert choice.selection.characteristics == ()


def test_chip_taken_off_applies_at_once(open_as: OpenPage) -> None:
    context = open_as(years="4", sen="K", sex="F", **{"class": "Maple"})
    choice = CohortChoice(context, by_year_group=True)
    selected = []
    bar = CohortBar(choice, context, on_selected=lambda: selected.append(choice.selection))
    press_chip(bar.widget, "sen")
    assert choice.selection.characteristics == ((Characteristic.SEX, "F"),)
    assert chips_of(bar.widget) == {"class": "Class: Maple", "sex": "Sex: Female"}
    bar.redraw()  # as a page may
    assert bar.widget.said == "Taken off: SEN: SEN support."
    assert field_of(bar.widget, "sen")["value"] == ""
    assert "sen" not in parse_qs(bar.widget.address)
    press_chip(bar.widget, "class")
    assert (choice.selection.years, choice.selection.class_name) == (4, None)
    assert selected[-1] == choice.selection
    assert len(selected) == 2


def test_chip_that_is_not_shown_takes_nothing_off(open_as: OpenPage) -> None:
    context = open_as(years="4", sen="K")
    choice = CohortChoice(context)
    form, before = bar_of(context, choice).widget, choice.selection
    for key in ("sex", "years", "school", None):
        press_chip(form, key)
    assert choice.selection == before


def test_chip_pressed_after_the_session_ended_takes_nothing_off(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(years="4", sen="K")
    choice = CohortChoice(context, by_year_group=True)
    form, before = bar_of(context, choice).widget, choice.selection
    village.revoke(Role.TEACHER)
    press_chip(form, "sen")
    press_step(form, "next-class")
    assert choice.selection == before
    assert_signed_out(context.notice)


# --- filters fall with the year group -------------------------------------------------------------


def test_filters_fall_when_another_year_group_is_chosen_and_it_is_said(open_as: OpenPage) -> None:
    context = open_as(years="4", sen="K", **{"class": "Maple"})
    choice = CohortChoice(context, by_year_group=True)
    form = bar_of(context, choice).widget
    change(form, "years", "1")
    assert (field_of(form, "sen")["value"], field_of(form, "class")["value"]) == ("", "")
    assert chips_of(form) == {"class": "Class: Maple", "sen": "SEN: SEN support"}  # until Select
    press(form, "select")
    assert (choice.selection.years, choice.selection.class_name) == (1, None)
    assert choice.selection.characteristics == ()
    assert form.said == (
        "Filters were taken off because another year group was chosen: "
        "Class: Maple; SEN: SEN support."
    )
    press(form, "select")
    assert form.said == ""


def test_filters_fall_when_another_academic_year_or_school_is_chosen(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER, school=HILLSIDE, years="4", fsm="Y")
    form = bar_of(context, CohortChoice(context, by_year_group=True)).widget
    change(form, "year", "2024")
    press(form, "select")
    assert form.said.startswith("Filters were taken off because another academic year was chosen")
    press(form, "select", fsm="Y")
    change(form, "school", OAKFIELD)
    press(form, "select")
    assert form.said.startswith("Filters were taken off because another school was chosen")
    assert chips_of(form) == {}


def test_filter_chosen_anew_for_the_other_year_group_is_applied(open_as: OpenPage) -> None:
    context = open_as(years="4", sen="K", sex="F")
    choice = CohortChoice(context, by_year_group=True)
    form = bar_of(context, choice).widget
    change(form, "years", "1")
    press(form, "select", sen="K")
    assert choice.selection.characteristics == ((Characteristic.SEN, "K"),)
    assert form.said.endswith("another year group was chosen: Sex: Female.")


def test_place_fields_clear_the_filters_in_the_browser_at_once(open_as: OpenPage) -> None:
    context = open_as()
    entry = bar_of(context, CohortChoice(context, by_year_group=True)).widget
    assert {"class", "sex", "gld", "custom_1"} <= set(field_of(entry, "years")["clears"])
    assert field_of(entry, "assessment")["clears"] == []
    report = bar_of(context, CohortChoice(context)).widget
    assert field_of(report, "years")["clears"] == []


def test_filters_of_a_report_stay_when_other_years_are_chosen(open_as: OpenPage) -> None:
    context = open_as(years="4", sen="K")
    choice = CohortChoice(context)
    form = bar_of(context, choice).widget
    change(form, "years", "all")
    press(form, "select")
    assert choice.selection.years is YearRange.ALL_YEARS
    assert (chips_of(form), form.said) == ({"sen": "SEN: SEN support"}, "")


def test_custom_filters_of_a_report_fall_with_the_school_that_named_them(
    open_as: OpenPage,
) -> None:
    context = open_as(Role.LA_ADVISER, school=HILLSIDE, sen="K", custom_1="Y")
    choice = CohortChoice(context, with_authority=True)
    form = bar_of(context, choice).widget
    change(form, "school", OAKFIELD)
    press(form, "select")
    assert choice.selection.characteristics == ((Characteristic.SEN, "K"),)
    assert form.said.endswith("another school was chosen: Choir: Yes.")


# --- from class to class --------------------------------------------------------------------------


def test_classes_are_walked_by_year_group(open_as: OpenPage, village: Village) -> None:
    context = open_as(years="1", sen="K", assessment="year")
    choice = CohortChoice(context, by_year_group=True)
    selected = []
    bar = CohortBar(choice, context, on_selected=lambda: selected.append(choice.selection))
    form = bar.widget
    assert steps_of(form) == {"Previous class: none": False, "Next class: Ash": True}
    press_step(form, "previous-class")
    assert selected == []
    press_step(form, "next-class")
    assert (choice.selection.years, choice.selection.class_name) == (1, "Ash")
    assert choice.selection.characteristics == ((Characteristic.SEN, "K"),)
    assert form.said == "On view: Ash, Year 1."
    press_step(form, "next-class")
    assert (choice.selection.years, choice.selection.class_name) == (4, "Birch")
    assert choice.selection.characteristics == ()
    assert form.said == (
        "On view: Birch, Year 4. Filters were taken off because another year group was chosen: "
        "SEN: SEN support."
    )
    assert choice.whole_year
    press_step(form, "next-class")
    assert steps_of(form) == {"Previous class: Birch": True, "Next class: none": False}
    assert parse_qs(form.address)["class"] == ["Maple"]
    press_step(form, "next-class")
    assert choice.selection.class_name == "Maple"
    assert len(selected) == 3


def test_step_to_a_class_keeps_the_assessment_of_its_year_group(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(years="4", assessment=str(village.baseline), **{"class": "Birch"})
    choice = CohortChoice(context, by_year_group=True)
    form = bar_of(context, choice).widget
    press_step(form, "next-class")
    assert (choice.selection.class_name, choice.assessment.name) == ("Maple", "Baseline")
    press_step(form, "previous-class")
    press_step(form, "previous-class")
    assert (choice.selection.class_name, choice.assessment) == ("Ash", None)


def test_steps_are_offered_only_where_a_school_has_classes_and_one_year_group_is_shown(
    village: Village, open_as: OpenPage
) -> None:
    context = open_as(years="4")
    report = CohortChoice(context)
    assert steps_of(bar_of(context, report).widget) == {}
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    context = open_as("new")
    entry = CohortChoice(context, by_year_group=True)
    assert steps_of(bar_of(context, entry).widget) == {}
    assert CohortChoice(open_as()).classes_around() == (None, None)  # a range of years
