//! What is not concluded yet.

use super::marks::NotYet;

const ATTRIBUTE: &str = "project: a factory kept on an object, on a class or behind a property";
const CALL_OF_CALL: &str = "project: calling what a decorated function gives";
const CIRCLE: &str = "project: two functions that call each other";
const CLS: &str = "matcher: `cls(...)` in a class method makes an object as the class does";
const METHOD: &str = "project: methods of a class of the project";
const NEXT: &str = "rules: UL007";
const OTHER_MODULE: &str = "project: what a function of another module does with a parameter";
const PAGE: &str = "rules: UL009 at module level";
const PARTIAL: &str = "project: functools.partial";
const TUPLE: &str = "project: a tuple with a resource in it";
const UNREADABLE: &str = "project: an annotated return type where the body cannot be read";
const YIELD: &str = "rules: UL008";

/// File, function, and why. An entry that is concluded as it should be fails the test: it is to be taken off.
pub const NOT_YET: &[NotYet] = &[
    ("django/reports/services.py", "of_class", METHOD),
    ("django/reports/services.py", "of_pair", TUPLE),
    ("fastapi/app/db/session.py", "get_unprotected_db", YIELD),
    ("fastapi/app/routers/orders.py", "rows", OTHER_MODULE),
    ("fastapi/app/routers/orders.py", "report", UNREADABLE),
    ("script/checks.py", "count", CIRCLE),
    ("script/run.py", "reports", TUPLE),
    ("src_layout/src/inventory/api.py", "Inventory.opened", CLS),
    ("streamlit/pages/1_Regions.py", "", PAGE),
    ("celery/worker/tasks.py", "remembered", OTHER_MODULE),
    (
        "django/reports/services.py",
        "ReportService.names",
        OTHER_MODULE,
    ),
    ("django/reports/services.py", "kept", OTHER_MODULE),
    ("django/reports/services.py", "returned", OTHER_MODULE),
];
