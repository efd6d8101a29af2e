"""What every use case asks of its caller: the matrix of roles and schools, written out.

A use case without a line here fails the build: whoever adds one says what it takes to call it. The
keys are actions, all of which are needed, or either of two ("or"); REACH is any role at the school
or over its authority. What each role is granted stands in `access.GRANTS`.
"""

from __future__ import annotations

# About one school.
OF_A_SCHOOL = {
    "CHANGE_SCHOOL_DETAILS": """
        school_profile.save_contact_details
    """,
    "EDIT_PUPILS": """
        archiving.archive_pupils
        pupil_details.blank_details
        pupil_details.issue_number
        pupil_grid.load_pupil_grid
        pupil_grid.pupil_cell_history
        pupil_grid.reload_pupil_grid
        pupil_grid_entry.record_pupil_cells
        pupil_saving.add_pupil
        pupil_saving.change_pupil
        transfers.claim_classes
        transfers.claim_pupil
        transfers.claims_of
        transfers.withdraw_claim
    """,
    "EDIT_PUPILS MAINTAIN_SCHOOL": """
        roll_forward.plan_roll_forward
        roll_forward.start_year
        roll_forward.undo_start
        roll_forward_drafts.load_draft
        roll_forward_drafts.save_draft
        roll_forward_state.year_start
    """,
    "EDIT_PUPILS or DECIDE_TRANSFERS": """
        transfer_decisions.asked_for
        transfer_decisions.confirm_claim
        transfer_decisions.refuse_claim
    """,
    "EDIT_PUPILS or RESTORE_ARCHIVED": """
        archived_records.archived_pupils
        archived_records.bring_back_pupils
    """,
    "EXPORT": """
        downloads.deposit
        pupil_matrix.note_matrix_export
        report_batches.inputs_of_school
        reports.note_export
    """,
    "EXPORT SEE_ASSESSMENTS": """
        all_data.load_all_data
    """,
    "EXPORT SEE_ASSESSMENTS SEE_PUPILS": """
        cohort_meetings.note_cohort_meeting_export
        pupil_journey.note_journey_export
        pupil_meetings.note_meeting_export
    """,
    "EXPORT SEE_PUPILS": """
        pupil_export.export_pupils
        pupil_rows.pupil_rows
    """,
    "IMPORT_PUPILS": """
        mapped_import.open_pupil_file
        mapped_import.preview_mapped
        pupil_import.accept_import
        pupil_import.preview_import
        pupil_import.preview_parsed
        pupil_import.require_importer
    """,
    "KEEP_DUTIES": """
        breaches.breaches_of
        breaches.change_breach
        breaches.export_breaches
        breaches.record_breach
        erasure.erasures_of
        erasure.order_erasure
        legal_holds.holds_of
        legal_holds.lift_hold
        legal_holds.place_hold
        retention.retention_overview
        subject_access.export_record
    """,
    "MAINTAIN_SCHOOL": """
        discussion_questions.add_discussion_question
        discussion_questions.add_ready_questions
        discussion_questions.bring_back_discussion_question
        discussion_questions.change_discussion_question
        discussion_questions.delete_discussion_question
        discussion_questions.discussion_questions
        discussion_questions.move_discussion_question
        idle_limits.save_school_idle_limit
        idle_limits.school_idle_limits
        judgement_wording.save_judgement_wording
        maintenance.save_class_names
        maintenance.save_custom_filter_names
        maintenance.school_profile
        school_profile.save_logo
        school_profile.take_logo_away
        school_subjects.add_own_subject
        school_subjects.archive_own_subject
        school_subjects.bring_back_own_subject
        school_subjects.rename_own_subject
        test_types.add_kind_of_test
        test_types.add_ready_kinds
        test_types.archive_kind_of_test
        test_types.bring_back_kind_of_test
        test_types.change_kind_of_test
    """,
    "MANAGE_ASSESSMENTS": """
        assessment_copies.copy_assessments
        assessment_copies.plan_copies
        assessment_deletion.bring_back_assessment
        assessment_deletion.delete_assessment
        assessment_deletion.deleted_assessments
        assessment_deletion.marks_of_assessment
        assessments.create_assessment
        assessments.edit_assessment
    """,
    "MANAGE_PEOPLE": """
        attestation.attest_people
        attestation.attestation_of
        inviting.invite_person
        people_of_place.asked_people
        people_of_place.change_role
        people_of_place.disable_person
        people_of_place.enable_person
        people_of_place.invite_again
        people_of_place.people_of_place
        people_of_place.reset_second_step
        people_of_place.send_person_password_link
        people_of_place.unlock_person
    """,
    "NAME_PEOPLE": """
        named_access.name_person
        named_access.nameable_people
    """,
    "REACH": """
        home.headlines
        judgement_wording.judgement_labels
        saved_views.save_view_as
        school_profile.school_logo
    """,
    "RECORD_JUDGEMENTS": """
        interventions.add_pupil_intervention
        interventions.bring_back_pupil_intervention
        interventions.change_pupil_intervention
        interventions.delete_pupil_intervention
        pupil_meetings.add_pupil_meeting
        pupil_meetings.bring_back_pupil_meeting
        pupil_meetings.change_pupil_meeting
        pupil_meetings.delete_pupil_meeting
        pupil_meetings.start_meeting
        recording.record_changes
    """,
    "RECORD_JUDGEMENTS SEE_ASSESSMENTS SEE_PUPILS": """
        cohort_meeting_saving.look_up_figures
        cohort_meeting_saving.save_cohort_meeting
        cohort_meetings.add_cohort_meeting
        cohort_meetings.bring_back_cohort_meeting
        cohort_meetings.delete_cohort_meeting
        cohort_meetings.start_cohort_meeting
    """,
    "SEE_ACTIVITY": """
        audit_export.export_activity
        audit_search.people_of
        audit_search.rows_to_export
        audit_search.search_activity
    """,
    "SEE_ACTIVITY SEE_PUPILS": """
        pupil_finding.find_pupils
    """,
    "SEE_ASSESSMENTS": """
        assessment_grid.load_grid
        assessments.assessments_for
        cell_history.history_of
        grid_changes.changes_since
        school_subjects.own_subjects
        submissions.statutory_results
        test_types.kinds_of_test
    """,
    "SEE_ASSESSMENTS SEE_PUPILS": """
        cohort_meetings.cohort_meeting
        cohort_meetings.cohort_meetings
        cohort_meetings.meeting_versions
        interventions.interventions_of
        pupil_journey.journey_of
        pupil_meetings.meetings_of
        pupil_meetings.pupil_meeting
    """,
    "SEE_FIGURES": """
        governor_figures.governor_figures
    """,
    "SEE_PUPILS": """
        matrix_names.names_behind_set
        pupil_details.pupil_details
        pupil_details.pupil_history
        pupil_meetings.meetings_held
        pupil_views.write_down_view
        pupils.interventions_held
        pupils.list_pupils
        reception_arrivals.arrivals
        reception_arrivals.newest_arrivals
        report_groups.group_report
        report_groups.names_in_group
        reports.named_cohort
        reports.names_behind
        schools.class_year_groups
        schools.classes
        transition.names_in_cell
        transition.names_who
        venn_reports.names_in_region
        venn_reports.names_of_diagram
    """,
    "SEE_SCHOOL_DETAILS": """
        school_profile.school_details
    """,
    "SEE_REPORTS": """
        pupil_matrix.add_layer
        pupil_matrix.pupil_matrix
        report_comparison.compare_report
        report_extras.report_extras
        report_groups.groupings_of
        reports.describe_school
        reports.full_report
        transition.transition_points
        transition.transition_report
        venn_reports.venn_report
        venn_reports.venn_reports
    """,
}
# About a whole local authority, or several of its schools.
OF_AN_AUTHORITY = {
    "APPROVE_ACCOUNTS": """
        account_requests.decided_requests
        account_requests.waiting_requests
    """,
    "DECIDE_TRANSFERS": """
        transfer_decisions.close_claim
        transfer_decisions.open_claims
    """,
    "EXPORT": """
        batch_jobs.ask_for_batch
        batch_jobs.batches_of
        pupil_matrix.note_matrix_export
        reports.note_export
    """,
    "EXPORT SEE_ALL_SCHOOLS SEE_PUPILS": """
        pupil_rows.pupil_rows
    """,
    "KEEP_DUTIES": """
        breaches.breaches_of
        breaches.change_breach
        breaches.export_breaches
        breaches.record_breach
        retention.retention_of_authority
        retention_runs.cancel_retention
        retention_runs.order_retention
        retention_runs.retention_runs_of
    """,
    "LOAD_RECEPTION": """
        reception_load.begin_load
        reception_load.load_school
        reception_load.past_loads
        reception_preview.preview_load
    """,
    "MAINTAIN_AUTHORITY": """
        idle_limits.authority_idle_limits
        idle_limits.save_authority_idle_limit
        support.authority_contact
        support.save_authority_contact
    """,
    "MANAGE_PEOPLE": """
        inviting.invite_person
        people_of_place.change_role
        people_of_place.disable_person
        people_of_place.enable_person
        people_of_place.invite_again
        people_of_place.people_of_place
        people_of_place.reset_second_step
        people_of_place.send_person_password_link
        people_of_place.unlock_person
    """,
    "PUBLISH_NEWS": """
        news.all_news
        news.publish_news
    """,
    "SEE_ACTIVITY": """
        audit_export.export_activity
        audit_search.people_of
        audit_search.rows_to_export
        audit_search.search_activity
    """,
    "SEE_ALL_SCHOOLS": """
        local_authority.schools_overview
        matrix_names.names_behind_set
        pupil_matrix.add_layer
        pupil_matrix.pupil_matrix
        reports.full_report
        reports.names_behind
        school_summaries.summaries_by_school
        transition.names_in_cell
        transition.names_who
        transition.transition_points
        transition.transition_report
        venn_reports.venn_report
        venn_reports.venn_reports
    """,
}
# About no place that the caller names. What comes of each is tested beside the others of its area.
OF_NO_PLACE = {
    "the person's own things, or their own places as they are at the moment": """
        account_requests.count_waiting
        attestation.schools_to_attest
        home.news
        report_batches.schools_of
        saved_views.delete_view
        saved_views.open_view
        saved_views.rename_view
        saved_views.saved_views
        schools.schools_for
        support.support_contacts
        transfer_decisions.count_open
        unusual_use.unusual_uses
        view_choices.load_view
        view_choices.save_view
    """,
    "found by its own number, and not found where it is another authority's": """
        account_requests.approve_request
        account_requests.reject_request
        batch_jobs.cancel_batch
        news.change_news
        news.end_news
        news.remove_news
        schools.school_by_laestab
    """,
    "for whoever runs commands on the machine": """
        places.add_authority
        places.add_school
        places.authorities
        places.rename_authority
        places.rename_school
        places.schools_of
        retention.run_retention
    """,
    "tells whether something has changed, and nothing of what": """
        grid_changes.has_news
        pupil_grid.pupils_state
    """,
    "needs a figure that is there before anything else": """
        matrix_names.names_behind_result
    """,
}


def needs_by_name(table: dict[str, str]) -> dict[str, str]:
    """Return what each use case of a table needs."""
    return {name: needs for needs, names in table.items() for name in names.split()}
