//! Which expressions and statements can raise, and which of them only mend things and count as not raising.

use crate::syntax::{
    Block, Comp, CompClause, Expr, ExprKind, Module, Role, Stmt, StmtId, StmtKind,
};

/// Whether evaluating `expr` can raise, as far as its form tells: calls, attributes, subscripts, arithmetic, `await`,
/// `yield` and comparisons can; names, constants and tests for identity are taken not to.
pub fn can_raise(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_)
        | ExprKind::None
        | ExprKind::True
        | ExprKind::False
        | ExprKind::Number
        | ExprKind::Str(_)
        | ExprKind::Lambda { .. } => false,
        ExprKind::Bool { left, right, .. } => can_raise(left) || can_raise(right),
        ExprKind::Not(value) => can_raise(value),
        ExprKind::Compare { operands, ops } => {
            !ops.iter().all(|op| op == "is" || op == "is not") || operands.iter().any(can_raise)
        }
        ExprKind::IfExp { test, body, orelse } => {
            can_raise(test) || can_raise(body) || can_raise(orelse)
        }
        ExprKind::Walrus { value, .. } => can_raise(value),
        ExprKind::Tuple(parts)
        | ExprKind::List(parts)
        | ExprKind::Set(parts)
        | ExprKind::Dict(parts) => parts.iter().any(can_raise),
        ExprKind::FString(parts) => !parts.is_empty(),
        ExprKind::Comprehension {
            kind: Comp::Generator,
            clauses,
            ..
        } => match clauses.first() {
            Some(CompClause::For { iter, .. }) => can_raise(iter),
            _ => true,
        },
        _ => true,
    }
}

/// Whether binding to `target` can raise: a plain name cannot.
pub fn target_can_raise(target: &Expr) -> bool {
    !matches!(target.kind, ExprKind::Name(_))
}

/// Whether a simple statement can raise.
pub fn stmt_can_raise(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Expr(value) => can_raise(value),
        StmtKind::Assign { targets, value } => {
            can_raise(value) || targets.iter().any(target_can_raise)
        }
        StmtKind::AnnAssign { target, value, .. } => {
            value.as_ref().is_some_and(can_raise) || target_can_raise(target)
        }
        StmtKind::Return(value) => value.as_ref().is_some_and(can_raise),
        StmtKind::Delete(targets) => targets.iter().any(target_can_raise),
        StmtKind::FunctionDef(def) => {
            !def.decorators.is_empty()
                || def
                    .params
                    .iter()
                    .filter_map(|p| p.default.as_ref())
                    .any(can_raise)
        }
        // `assert conn is not None` is there for the type checker.
        StmtKind::Assert { test, .. } => can_raise(test),
        StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Global(_)
        | StmtKind::Nonlocal(_)
        | StmtKind::TypeAlias { .. } => false,
        _ => true,
    }
}

/// Whether `id` stands, at any depth below `root` (or its function), in an `except` or a `finally`.
pub fn in_cleanup(module: &Module, id: StmtId) -> bool {
    let mut block = module.block(module.stmt(id).block);
    loop {
        match block.role {
            Role::Except(_) | Role::Finally => return true,
            Role::Function | Role::Class | Role::Module => return false,
            _ => {}
        }
        match block.owner {
            Some(owner) => block = parent_block(module, owner),
            None => return false,
        }
    }
}

fn parent_block(module: &Module, id: StmtId) -> &Block {
    module.block(module.stmt(id).block)
}

/// Names of methods that give something back or end it. A call of one of them inside an `except` or `finally` counts
/// as not raising: people do not guard against a `close` that fails, and a report about it would be noise.
pub const ENDING: [&str; 20] = [
    "close",
    "aclose",
    "rollback",
    "dispose",
    "shutdown",
    "release",
    "disconnect",
    "quit",
    "stop",
    "terminate",
    "kill",
    "cleanup",
    "remove",
    "putconn",
    "logout",
    "unlink",
    "cancel",
    "join",
    "expunge_all",
    "clear",
];

/// Whether calling a method of that name gives an object back, whatever it is.
pub fn gives_back(method: &str) -> bool {
    let only_ends_something = [
        "rollback",
        "remove",
        "expunge_all",
        "clear",
        "join",
        "cancel",
        "unlink",
    ];
    ["detach", "__exit__", "__aexit__"].contains(&method)
        || (ENDING.contains(&method) && !only_ends_something.contains(&method))
}

/// Names of functions that people end a lock of a descriptor with, in a clean-up.
const UNLOCKING: [&str; 4] = ["flock", "lockf", "locking", "unlock"];

/// Names of methods that write a log line.
const LOGGING: [&str; 10] = [
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "exception",
    "critical",
    "log",
    "print_exc",
    "format_exc",
];

/// Whether `expr` is a call that only writes a message: `logger.error(...)`, `print(...)`, `traceback.print_exc()`.
pub fn is_message(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { func, .. } if is_message_call(func))
}

/// Whether `expr` is a call of an [`ENDING`] method.
pub fn is_ending(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Await(inner) => is_ending(inner),
        ExprKind::Call { func, .. } => match &func.kind {
            ExprKind::Attribute { attr, .. } => ENDING.contains(&attr.as_str()),
            _ => false,
        },
        _ => false,
    }
}

/// A name, or attributes of a name: reading it calls nothing that matters for the order of things.
pub fn is_plain_path(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        ExprKind::Attribute { value, .. } => is_plain_path(value),
        _ => false,
    }
}

/// Whether the statement, standing in an `except` or `finally`, counts as not raising.
pub fn is_quiet_cleanup(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Expr(value) => is_ending(value) || is_unlocking(value) || is_message(value),
        _ => false,
    }
}

fn is_unlocking(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { func, .. }
        if matches!(&func.kind, ExprKind::Attribute { attr, .. } if UNLOCKING.contains(&attr.as_str())))
}

/// Whether `func` is called to write a message; see [`is_message`].
pub fn is_message_call(func: &Expr) -> bool {
    match &func.kind {
        ExprKind::Name(name) => name == "print",
        ExprKind::Attribute { value, attr } => {
            LOGGING.contains(&attr.as_str()) && is_plain_path(value)
        }
        _ => false,
    }
}

/// Whether a function's name says that it may keep what it gets: the name of a class, or one like `register`.
pub fn may_keep(callee: &str) -> bool {
    const KEEPING: [&str; 16] = [
        "keep", "regist", "store", "attach", "submit", "schedule", "enqueue", "cache", "push",
        "start", "spawn", "add", "set", "send", "put", "bind",
    ];
    let last = callee
        .rsplit('.')
        .next()
        .unwrap_or(callee)
        .trim_start_matches('_');
    let lower = last.to_lowercase();
    last.starts_with(char::is_uppercase) || KEEPING.iter().any(|word| lower.starts_with(word))
}

/// Whether a call does not come back: `sys.exit()`, `os._exit()`, `exit()`, `quit()`.
pub fn ends_program(expr: &Expr) -> bool {
    raises_exit(expr) || is_call_of(expr, "os", "_exit")
}

/// Whether a call raises `SystemExit`.
pub fn raises_exit(expr: &Expr) -> bool {
    let ExprKind::Call { func, .. } = &expr.kind else {
        return false;
    };
    matches!(&func.kind, ExprKind::Name(name) if name == "exit" || name == "quit")
        || is_call_of(expr, "sys", "exit")
}

fn is_call_of(expr: &Expr, module: &str, function: &str) -> bool {
    let ExprKind::Call { func, .. } = &expr.kind else {
        return false;
    };
    matches!(&func.kind, ExprKind::Attribute { value, attr }
        if attr == function && matches!(&value.kind, ExprKind::Name(name) if name == module))
}
