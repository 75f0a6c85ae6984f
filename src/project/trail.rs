//! The way a look-up has come, so that it ends in files that refer to each other.

use crate::syntax::StmtId;

/// How deep look-ups nest: enough for a chain of ten providers, each through a variable and a re-export.
const DEPTH: usize = 128;
/// How many steps one question may take in all.
const STEPS: usize = 4000;

/// The state of one question.
#[derive(Debug, Default)]
pub(super) struct Trail {
    depth: usize,
    steps: usize,
    functions: Vec<(usize, StmtId)>,
    variables: Vec<(usize, u32, String)>,
    /// Whether some answer on the way was cut short, so that what builds on it holds for this question only.
    pub cut: bool,
}

impl Trail {
    /// Goes one level down for `f`, unless that is too far.
    pub fn down<T: Default>(&mut self, f: impl FnOnce(&mut Trail) -> T) -> T {
        self.steps += 1;
        if self.depth >= DEPTH || self.steps > STEPS {
            self.cut = true;
            return T::default();
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// Whether the question comes from that function.
    pub fn comes_from(&self, file: usize, stmt: StmtId) -> bool {
        self.functions.contains(&(file, stmt))
    }

    /// Looks into a function, unless the question comes from there.
    pub fn through_function<T: Default>(
        &mut self,
        file: usize,
        stmt: StmtId,
        f: impl FnOnce(&mut Trail) -> T,
    ) -> T {
        if self.functions.contains(&(file, stmt)) {
            self.cut = true;
            return T::default();
        }
        self.functions.push((file, stmt));
        let result = self.down(f);
        self.functions.pop();
        result
    }

    /// Looks at a variable; `f` is told how many looks at the same one are under way.
    pub fn through_variable<T: Default>(
        &mut self,
        file: usize,
        scope: u32,
        name: &str,
        f: impl FnOnce(&mut Trail, usize) -> T,
    ) -> T {
        let key = (file, scope, name.to_string());
        let looks = self.variables.iter().filter(|other| **other == key).count();
        self.variables.push(key);
        let result = self.down(|trail| f(trail, looks));
        self.variables.pop();
        result
    }

    /// Whether this is the question itself, not a part of it.
    pub fn at_start(&self) -> bool {
        self.functions.is_empty()
    }
}
