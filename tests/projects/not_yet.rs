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
    ("celery/worker/database.py", "Database.count", METHOD),
    ("celery/worker/tasks.py", "cached_factory", CALL_OF_CALL),
    ("celery/worker/tasks.py", "of_object", METHOD),
    ("celery/worker/tasks.py", "of_object_directly", ATTRIBUTE),
    ("celery/worker/tasks.py", "of_engine", METHOD),
    ("celery/worker/tasks.py", "of_class", METHOD),
    ("celery/worker/tasks.py", "of_instance", METHOD),
    ("celery/worker/tasks.py", "of_class_attribute", ATTRIBUTE),
    ("celery/worker/tasks.py", "of_property_factory", ATTRIBUTE),
    ("celery/worker/tasks.py", "only_used", METHOD),
    ("celery/worker/tasks.py", "all_of_them", METHOD),
    ("django/reports/database.py", "Database.ping", METHOD),
    ("django/reports/database.py", "Warehouse.count", METHOD),
    (
        "django/reports/management/commands/nightly.py",
        "Command.handle",
        METHOD,
    ),
    ("django/reports/services.py", "ReportService.count", METHOD),
    ("django/reports/services.py", "ReportService.total", METHOD),
    ("django/reports/services.py", "direct", METHOD),
    ("django/reports/services.py", "of_class", METHOD),
    ("django/reports/services.py", "of_static", METHOD),
    ("django/reports/services.py", "of_module", METHOD),
    ("django/reports/services.py", "of_subclass", METHOD),
    ("django/reports/services.py", "of_pair", TUPLE),
    ("django/reports/views.py", "rename", METHOD),
    ("fastapi/app/db/session.py", "get_unprotected_db", YIELD),
    ("fastapi/app/routers/events.py", "last", NEXT),
    ("fastapi/app/routers/orders.py", "rows", OTHER_MODULE),
    ("fastapi/app/routers/orders.py", "open_orders", NEXT),
    ("fastapi/app/routers/orders.py", "report", UNREADABLE),
    ("script/checks.py", "count", CIRCLE),
    ("script/run.py", "by_partial", PARTIAL),
    ("script/run.py", "by_partial_of_module", PARTIAL),
    ("script/run.py", "starred_with_all", PARTIAL),
    ("script/run.py", "reports", TUPLE),
    ("src_layout/src/inventory/api.py", "Inventory.opened", CLS),
    ("streamlit/app.py", "on_refresh", CALL_OF_CALL),
    ("streamlit/pages/1_Regions.py", "", PAGE),
];
