//! What is not concluded yet.

use super::marks::NotYet;

/// A cause, and the files and functions that wait for it. One that gets right fails the test: it is to be taken off.
pub const NOT_YET: &[NotYet] = &[
    (
        "project: a tuple with a resource in it",
        &[
            ("django/reports/services.py", "of_pair"),
            ("script/run.py", "reports"),
        ],
    ),
    (
        "project: an annotated return type where the body cannot be read",
        &[("fastapi/app/routers/orders.py", "report")],
    ),
    (
        "project: methods of a class of the project",
        &[("django/reports/services.py", "of_class")],
    ),
    (
        "project: two functions that call each other",
        &[("script/checks.py", "count")],
    ),
    (
        "project: what a function of another module does with a parameter",
        &[
            ("fastapi/app/routers/orders.py", "rows"),
            ("celery/worker/tasks.py", "remembered"),
            ("django/reports/services.py", "ReportService.names"),
            ("django/reports/services.py", "kept"),
            ("django/reports/services.py", "returned"),
        ],
    ),
    (
        "rules: UL009 at module level",
        &[("streamlit/pages/1_Regions.py", "")],
    ),
];
