//! Plans built from words, and a Python that compiles what comes out.
#![allow(dead_code)]

pub mod oracle;

use std::io::Write;
use std::process::{Command, Stdio};
use unleak::rules::{Item, Plan, Wrap};
use unleak::syntax::{Module, Span, StmtId, StmtKind, parse};
use unleak::transform::{CheckFailure, Original, Patch, Refusal};

/// A parsed text in which statements are found by how they start.
pub struct File {
    pub text: String,
    pub module: Module,
}

impl File {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            module: parse(text),
        }
    }

    /// The first statement whose text starts with `start`; `start@2` is the second.
    pub fn stmt(&self, start: &str) -> StmtId {
        let split = start.rsplit_once('@');
        let numbered = split.and_then(|(head, nth)| Some((head, nth.parse::<usize>().ok()?)));
        let (start, nth) = numbered.unwrap_or((start, 1));
        let found = self
            .module
            .stmts
            .iter()
            .filter(|stmt| stmt.span.of(&self.text).starts_with(start))
            .nth(nth - 1);
        found
            .unwrap_or_else(|| panic!("no statement {nth} `{start}` in\n{}", self.text))
            .id
    }

    /// A plan that turns the assignment `at` into a `with` up to `last`.
    pub fn wrap(&self, at: &str, last: &str) -> Fix<'_> {
        self.wrap_at(self.stmt(at), self.stmt(last))
    }

    /// The same for statements that were found already.
    pub fn wrap_at(&self, id: StmtId, last: StmtId) -> Fix<'_> {
        let (context, target, annotation) = match &self.module.stmt(id).kind {
            StmtKind::Assign { targets, value } => (value.span, Some(targets[0].span), None),
            StmtKind::AnnAssign {
                target,
                annotation,
                value: Some(value),
            } => {
                let text = format!(
                    "{}: {}",
                    target.span.of(&self.text),
                    annotation.span.of(&self.text)
                );
                (value.span, Some(target.span), Some(text))
            }
            StmtKind::Expr(value) => (value.span, None, None),
            _ => (Span::default(), None, None),
        };
        let text = |span: Span| span.of(&self.text).to_owned();
        let item = Item {
            context: text(context),
            closing: false,
            target: target.map(text),
        };
        let wrap = Wrap {
            at: id,
            replaces: true,
            last,
            is_async: false,
            items: vec![item],
            annotation,
            merge_into: None,
            instead_of: None,
        };
        Fix {
            file: self,
            plan: Plan {
                wrap: Some(wrap),
                ..Plan::default()
            },
        }
    }

    /// A plan that only drops.
    pub fn only(&self) -> Fix<'_> {
        Fix {
            file: self,
            plan: Plan::default(),
        }
    }

    pub fn edits(&self, plan: &Plan) -> Result<Patch, Refusal> {
        Original::new(&self.text, &self.module).edits(plan)
    }

    pub fn check(&self, plan: &Plan, patch: &Patch) -> Result<String, CheckFailure> {
        let original = Original::new(&self.text, &self.module);
        Ok(original.check(&[(plan, patch)])?.text)
    }

    /// The text after the plan, checked.
    pub fn fixed(&self, plan: &Plan) -> String {
        assert!(self.module.errors.is_empty(), "not Python:\n{}", self.text);
        let patch = self
            .edits(plan)
            .unwrap_or_else(|refusal| panic!("{refusal}\n{}", self.text));
        self.check(plan, &patch).unwrap_or_else(|failure| {
            let result = unleak::transform::apply(&self.text, &patch.edits);
            panic!("{failure}\n--- from\n{}\n--- to\n{result}", self.text)
        })
    }
}

/// A plan under construction.
pub struct Fix<'f> {
    pub file: &'f File,
    pub plan: Plan,
}

impl Fix<'_> {
    pub fn drop(mut self, start: &str) -> Self {
        self.plan.drop.push(self.file.stmt(start));
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Wrap)) -> Self {
        change(self.plan.wrap.as_mut().expect("a wrap"));
        self
    }

    pub fn closing(self) -> Self {
        self.with(|wrap| wrap.items[0].closing = true)
    }

    pub fn context(self, text: &str) -> Self {
        self.with(|wrap| wrap.items[0].context = text.to_owned())
    }

    pub fn target(self, name: Option<&str>) -> Self {
        self.with(|wrap| wrap.items[0].target = name.map(str::to_owned))
    }

    pub fn keeps(self) -> Self {
        self.with(|wrap| wrap.replaces = false)
    }

    pub fn merge(self, start: &str) -> Self {
        let id = self.file.stmt(start);
        self.with(|wrap| wrap.merge_into = Some(id))
    }

    pub fn replace(mut self, old: &str, new: &str) -> Self {
        let at = self.file.text.find(old).expect("the replaced text");
        self.plan
            .replace
            .push((Span::new(at, at + old.len()), new.to_owned()));
        self
    }
}

/// Compiles every text with the Python at hand, in one process; returns what it says against each.
pub fn compile(texts: &[String]) -> Vec<Option<String>> {
    let script = "
import json, sys, warnings
warnings.simplefilter('ignore')
said = []
for text in json.load(sys.stdin):
    try:
        compile(text.encode(), 'case', 'exec')
        said.append(None)
    except (SyntaxError, ValueError) as error:
        said.append(str(error))
print(json.dumps(said))
";
    let mut python = Command::new("python3")
        .args(["-I", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let input = serde_json::to_vec(texts).expect("texts are JSON");
    python
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&input)
        .expect("python3 reads");
    let output = python.wait_with_output().expect("python3 ends");
    serde_json::from_slice(&output.stdout).expect("python3 answers in JSON")
}
