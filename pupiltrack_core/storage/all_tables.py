"""Every table there is, for migrations and for the tests that compare with them."""

from __future__ import annotations

from sqlalchemy import MetaData

from pupiltrack_core.storage import (
    account_models,
    assessment_models,
    models,
    report_models,
    school_year_models,
    support_models,
)
from pupiltrack_core.storage.table_base import Base

# A table is known once its module is loaded; other code loads only those it uses.
MODULES = (
    models,
    account_models,
    assessment_models,
    support_models,
    school_year_models,
    report_models,
)
METADATA: MetaData = Base.metadata
