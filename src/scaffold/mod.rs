//! Modules for the user's project, as a careful colleague would have written them. The templates are Python files; here
//! is what makes one fit a project.

mod naming;
mod pool_monitor;
mod with_session;

pub use naming::Name;
pub use pool_monitor::pool_monitor;
pub use with_session::with_session;

/// A module to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaffold {
    /// Its text.
    pub text: String,
    /// The line by which it is known again.
    pub mark: String,
}

impl Scaffold {
    /// Whether `text` was such a module once, whatever became of it since.
    pub fn began(&self, text: &str) -> bool {
        text.lines().any(|line| line == self.mark)
    }
}

/// The line that says where a module comes from; `what` is how the command is called.
fn mark(what: &str) -> String {
    format!("# From `unleak scaffold {what}`.")
}
