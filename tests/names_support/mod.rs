//! Small projects in temporary directories, and what is found out about the calls in them.

use std::path::Path;

use tempfile::TempDir;
use unleak::project::{Acquirer, Memo, Names, Project, Trust};
use unleak::syntax::{Expr, ExprKind, Scopes, parse, walk_exprs};

/// Writes files, given as name and contents, into a new directory.
pub fn project(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    // Nothing above the directory is part of it.
    std::fs::create_dir(dir.path().join(".git")).expect("a repository");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    dir
}

/// Calls `f` for every call in `text`, which is taken for the contents of `dir/file`.
pub fn each_call(
    dir: &Path,
    file: &str,
    text: &str,
    acquirers: &[&str],
    f: &mut dyn FnMut(&Names, &Expr, unleak::syntax::ScopeId),
) {
    let acquirers: Vec<String> = acquirers.iter().map(|name| name.to_string()).collect();
    let project = Project::new(&acquirers);
    let path = dir.join(file);
    let module = parse(text);
    let scopes = Scopes::build(&module);
    let memo = Memo::default();
    let names = Names::new(&path, text, &module, &scopes, &project, &memo);
    for stmt in &module.stmts {
        let scope = scopes.of_stmt(&module, stmt.id);
        walk_exprs(stmt, &mut |expr| {
            if matches!(expr.kind, ExprKind::Call { .. }) {
                f(&names, expr, scope);
            }
        });
    }
}

/// The calls of a file that acquire, one line each: `text -> name: entry` with a mark for what is special.
pub fn acquired_with(dir: &Path, file: &str, acquirers: &[&str]) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join(file)).expect("the file");
    let mut found = Vec::new();
    each_call(dir, file, &text, acquirers, &mut |names, call, scope| {
        if let Some(acquirer) = names.acquirer(call, scope) {
            found.push(format!("{} -> {}", call.span.of(&text), line(&acquirer)));
        }
    });
    found
}

/// See [`acquired_with`].
pub fn acquired(dir: &TempDir, file: &str) -> Vec<String> {
    acquired_with(dir.path(), file, &[])
}

/// What the calls in one file on its own acquire.
pub fn alone(text: &str) -> Vec<String> {
    let dir = project(&[("script.py", text)]);
    acquired(&dir, "script.py")
}

fn line(acquirer: &Acquirer) -> String {
    let mut line = format!("{}: {}", acquirer.name, acquirer.resource.id);
    match acquirer.trust {
        Trust::Known => {}
        Trust::Conventional => line += " by convention",
        Trust::ConventionalIfReleased => line += " by convention if released",
    }
    if acquirer.may_be_none {
        line += " or None";
    }
    if acquirer.awaited {
        line += " awaited";
    }
    if acquirer.from_generator {
        line += " from a generator";
    }
    if acquirer.wrap != acquirer.resource.wrap {
        line += &format!(" {:?}", acquirer.wrap);
    }
    line
}
