"""The pages, a module for each group of them."""

from cspr_workflow.interfaces.web.pages import (
    account,
    accounts_kept,
    acts,
    administration,
    calendar,
    cases,
    corrections,
    downloads,
    house,
    lists,
    past,
    public,
    record,
    signing_in,
    start,
    timeliness,
)

ROUTERS = (
    start.router,
    lists.router,
    acts.router,
    cases.router,
    past.router,
    timeliness.router,
    calendar.router,
    record.router,
    downloads.router,
    corrections.router,
    public.router,
    signing_in.router,
    account.router,
    administration.router,
    accounts_kept.router,
    house.router,
)
"""Every group of pages."""
