//! What does not get its verdict yet.

use super::marks::NotYet;

/// A cause, and the files and functions that wait for it. One that gets right fails the test: it is to be taken off.
pub const NOT_YET: &[NotYet] = &[
    (
        "catalog: `os.open` is released by a function, not by a method",
        &[
            ("66-descriptors.py", "append"),
            ("66-descriptors.py", "read"),
        ],
    ),
    (
        "catalog: what is opened with `closefd=False` is not to be released",
        &[("47-descriptor-of-another.py", "reading")],
    ),
    (
        "catalog: a cursor is only derived, also where its connection is borrowed",
        &[
            ("82-cursor-of-a-shared-connection.py", "count"),
            ("82-cursor-of-a-shared-connection.py", "Orders.names"),
        ],
    ),
    (
        "catalog: a process gets a copy of the descriptor, `Popen` keeps nothing",
        &[
            ("28-log-of-a-process.py", "start"),
            ("28-log-of-a-process.py", "start_both"),
            ("28-log-of-a-process.py", "start_named"),
        ],
    ),
    (
        "matcher: what goes into a container of the function itself counts as handed on",
        &[
            ("16-collected-in-a-list.py", "merge"),
            ("16-collected-in-a-list.py", "heads"),
            ("16-collected-in-a-list.py", "totals"),
        ],
    ),
    (
        "project: what a function of another module does with a parameter",
        &[
            ("33-closed-by-a-helper/main.py", "insert"),
            ("33-closed-by-a-helper/main.py", "count"),
        ],
    ),
    (
        "rules: UL006",
        &[
            ("73-with-sqlite-connection.py", "count"),
            ("73-with-sqlite-connection.py", "insert"),
            ("73-with-sqlite-connection.py", "both"),
            ("73-with-sqlite-connection.py", "cursor_leaves"),
            ("74-with-other-drivers.py", "count"),
            ("74-with-other-drivers.py", "names"),
        ],
    ),
    (
        "rules: UL008 takes what pytest runs for what a `with` runs; a test throws nothing into its fixture",
        &[("46-yielded-and-closed.py", "conn")],
    ),
    (
        "rules: UL009",
        &[
            ("45-service-with-its-own.py", "OrderService.__init__"),
            ("45-service-with-its-own.py", "CustomerService.__init__"),
            ("76-next-of-a-provider.py", "Worker.__init__"),
        ],
    ),
    (
        "rules: nothing looks at `__enter__` and `__exit__` together",
        &[
            ("02-enter-returns-what-exit-forgets.py", "Report.__enter__"),
            (
                "02-enter-returns-what-exit-forgets.py",
                "Transaction.__enter__",
            ),
        ],
    ),
];
