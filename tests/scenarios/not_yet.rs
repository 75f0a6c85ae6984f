//! What does not get its verdict yet.

use super::marks::NotYet;

const COLLECTED: &str =
    "matcher: what goes into a container of the function itself counts as handed on";
const CURSOR: &str = "catalog: a cursor is only derived, also where its connection is borrowed";
const DESCRIPTOR: &str = "catalog: `os.open` is released by a function, not by a method";
const ENTER: &str = "rules: nothing looks at `__enter__` and `__exit__` together";
const GUARD: &str = "matcher: a release under a guard that never lets it run is no doubt";
const KEPT: &str = "rules: UL009";
const NEXT: &str = "rules: UL007";
const OTHER_MODULE: &str = "project: what a function of another module does with a parameter";
const POPEN: &str = "catalog: a process gets a copy of the descriptor, `Popen` keeps nothing";
const STREAMED: &str =
    "matcher: a generator that captures it, given to something that runs it later";
const TYPED: &str = "project: attributes and methods of a class of the project";
const WITH: &str = "rules: UL006";
const YIELD: &str = "rules: UL008";

/// File, function, and why. An entry that gets its verdict fails the test: it is to be taken off.
pub const NOT_YET: &[NotYet] = &[
    (
        "02-enter-returns-what-exit-forgets.py",
        "Report.__enter__",
        ENTER,
    ),
    (
        "02-enter-returns-what-exit-forgets.py",
        "Transaction.__enter__",
        ENTER,
    ),
    ("16-collected-in-a-list.py", "merge", COLLECTED),
    ("16-collected-in-a-list.py", "heads", COLLECTED),
    ("16-collected-in-a-list.py", "totals", COLLECTED),
    ("24-streamed-later.py", "events", STREAMED),
    ("24-streamed-later.py", "numbers", STREAMED),
    ("28-log-of-a-process.py", "start", POPEN),
    ("28-log-of-a-process.py", "start_both", POPEN),
    ("28-log-of-a-process.py", "start_named", POPEN),
    ("33-closed-by-a-helper/main.py", "insert", OTHER_MODULE),
    ("33-closed-by-a-helper/main.py", "count", OTHER_MODULE),
    ("45-service-with-its-own.py", "OrderService.__init__", KEPT),
    (
        "45-service-with-its-own.py",
        "CustomerService.__init__",
        KEPT,
    ),
    ("63-wrong-guard.py", "read", GUARD),
    ("63-wrong-guard.py", "count", GUARD),
    ("66-descriptors.py", "append", DESCRIPTOR),
    ("66-descriptors.py", "read", DESCRIPTOR),
    ("73-with-sqlite-connection.py", "count", WITH),
    ("73-with-sqlite-connection.py", "insert", WITH),
    ("73-with-sqlite-connection.py", "both", WITH),
    ("73-with-sqlite-connection.py", "cursor_leaves", WITH),
    ("74-with-other-drivers.py", "count", WITH),
    ("74-with-other-drivers.py", "names", WITH),
    ("76-next-of-a-provider.py", "Worker.__init__", NEXT),
    ("79-yield-without-finally.py", "get_db", YIELD),
    ("79-yield-without-finally.py", "get_async_db", YIELD),
    ("79-yield-without-finally.py", "get_committed_db", YIELD),
    ("82-cursor-of-a-shared-connection.py", "count", CURSOR),
    (
        "82-cursor-of-a-shared-connection.py",
        "Orders.names",
        CURSOR,
    ),
];
