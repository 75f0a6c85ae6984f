//! Python's own idea of what a plan does: the `ast` of the original, changed by the plan, against that of the result.

use super::File;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use unleak::rules::Plan;
use unleak::syntax::{StmtId, StmtKind};

/// A Python that answers one question a line.
pub struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    pub fn new() -> Self {
        let mut child = Command::new("python3")
            .args(["-I", "-W", "ignore", "-c", include_str!("oracle.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            child,
            input,
            output,
        }
    }

    /// `None` if the original is no Python at all; else what is wrong with the result, or nothing.
    pub fn verdict(&mut self, file: &File, plan: &Plan, result: &str) -> Option<String> {
        let start = |id: StmtId| file.module.stmt(id).span.start;
        let wrap = plan.wrap.as_ref();
        let question = json!({
            "before": file.text,
            "after": result,
            "at": wrap.map(|wrap| start(wrap.at)),
            "last": wrap.map(|wrap| start(wrap.last)),
            "drop": plan.drop.iter().map(|id| start(*id)).collect::<Vec<_>>(),
            "closing": wrap.is_some_and(|wrap| wrap.items[0].closing),
        });
        writeln!(self.input, "{question}").expect("python3 reads");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("python3 answers");
        match serde_json::from_str(&answer).expect("python3 answers in JSON") {
            Value::Null => None,
            said => Some(said.as_str().unwrap_or("?").to_owned()),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A source of choices: `pick(n)` is below `n`.
pub trait Choices {
    fn pick(&mut self, below: usize) -> usize;
}

/// A plan that wraps some assignment up to some sibling and drops some calls.
pub fn any_plan(file: &File, choices: &mut dyn Choices) -> Option<Plan> {
    let module = &file.module;
    let is_candidate = |id: &StmtId| match &module.stmt(*id).kind {
        StmtKind::Assign { targets, .. } => {
            targets.len() == 1 && matches!(targets[0].kind, unleak::syntax::ExprKind::Name(_))
        }
        StmtKind::AnnAssign { target, value, .. } => {
            value.is_some()
                && target.span == target.outer
                && matches!(target.kind, unleak::syntax::ExprKind::Name(_))
        }
        _ => false,
    };
    let all: Vec<StmtId> = module
        .stmts
        .iter()
        .map(|stmt| stmt.id)
        .filter(is_candidate)
        .collect();
    let mut plan = Plan::default();
    if !all.is_empty() && choices.pick(8) > 0 {
        let at = all[choices.pick(all.len())];
        let siblings = &module.block(module.stmt(at).block).stmts[module.stmt(at).index..];
        let last = siblings[choices.pick(siblings.len())];
        plan = file.wrap_at(at, last).plan;
        if choices.pick(4) == 0
            && let Some(wrap) = &mut plan.wrap
        {
            wrap.items[0].closing = true;
        }
    }
    let rate = 1 + choices.pick(4);
    for stmt in &module.stmts {
        // No plan drops a docstring.
        if stmt.id.0 > 0
            && matches!(stmt.kind, StmtKind::Expr(_))
            && choices.pick(4) < rate
            && choices.pick(3) > 0
        {
            plan.drop.push(stmt.id);
        }
    }
    Some(plan).filter(|plan| *plan != Plan::default())
}
