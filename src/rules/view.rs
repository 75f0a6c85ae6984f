//! What the rules share: from an acquisition's facts to the parts of a finding.

use std::collections::BTreeSet;

use super::advice;
use super::finding::{Applicability, Finding, Fix, How, ResourceInfo, Rule, Witness};
use super::plan::{Item, Plan, Wrap};
use super::{reach, reasons};
use crate::matcher::{Acquisition, End, Lay, Rewrite};
use crate::project::Acquirer;
use crate::source::{Position, Source};
use crate::syntax::{ExprKind, Module, StmtId, StmtKind, walk_exprs};

/// The file at hand, as far as findings speak of it.
pub(crate) struct View<'a> {
    /// The file.
    pub source: &'a Source,
    /// Its statements.
    pub module: &'a Module,
}

impl View<'_> {
    /// The line on which a statement starts, from 1.
    pub fn line(&self, id: StmtId) -> usize {
        self.position(self.module.stmt(id).span.start).line
    }

    fn last_line(&self, id: StmtId) -> usize {
        self.position(self.module.stmt(id).span.end).line
    }

    /// The position of a byte.
    pub fn position(&self, offset: usize) -> Position {
        self.source.position(offset)
    }

    /// Whether a statement yields.
    pub fn yields(&self, id: StmtId) -> bool {
        let mut found = false;
        walk_exprs(self.module.stmt(id), &mut |expr| {
            found |= matches!(expr.kind, ExprKind::Yield(_));
        });
        found
    }

    /// The acquiring call, on one line and not too long.
    pub fn call_text(&self, acquisition: &Acquisition) -> String {
        crate::matcher::short(acquisition.call.of(&self.source.text))
    }

    /// The resource of a finding.
    pub fn resource(&self, acquirer: &Acquirer, variable: Option<String>) -> ResourceInfo {
        ResourceInfo {
            variable,
            acquirer: acquirer.name.clone(),
            kind: acquirer.resource.kind.name().to_owned(),
            release: acquirer
                .resource
                .release
                .first()
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// The plainest path without a release.
    pub fn witness(&self, acquisition: &Acquisition) -> Option<Witness> {
        let (id, how) = match acquisition.ends.first()? {
            End::Raised(id) => (*id, How::Raises),
            End::Returned(id) => (*id, How::Returns),
            End::Ended(id) => (*id, How::FallsOff),
            End::Rebound(id) => (*id, How::Rebinds),
        };
        Some(Witness {
            line: self.line(id),
            how,
        })
    }

    /// The finding of `rule` for an acquisition.
    pub fn finding(&self, rule: Rule, acquisition: &Acquisition, message: String) -> Finding {
        let name = match &acquisition.name {
            Some(name) => format!("`{name}`"),
            None => "the resource".to_owned(),
        };
        let line = |id: StmtId| self.line(id);
        let reason = |obstacle| reasons::sentence(obstacle, &name, &acquisition.acquirer, &line);
        let (fix, obstacle) = match &acquisition.rewrite {
            Ok(rewrite) => (self.fix(rewrite, acquisition), rewrite.doubts.first()),
            Err(obstacle) => (None, Some(obstacle)),
        };
        Finding {
            rule,
            span: acquisition.call,
            start: self.position(acquisition.call.start),
            end: self.position(acquisition.call.end),
            message,
            function: acquisition.function.clone(),
            resource: self.resource(&acquisition.acquirer, acquisition.name.clone()),
            witness: self.witness(acquisition),
            reach: reach::of(self, acquisition),
            fix,
            blocked_by: obstacle.map(reason),
            advice: obstacle.map(|obstacle| advice::advice(obstacle, &acquisition.acquirer)),
        }
    }

    fn wrap(&self, lay: &Lay) -> Option<Wrap> {
        let mut wrap = Wrap {
            at: lay.at,
            replaces: lay.replaces,
            last: lay.last,
            is_async: lay.is_async,
            items: vec![Item {
                context: lay.context.clone(),
                closing: lay.closing,
                target: lay.target.clone(),
            }],
            annotation: lay.annotation.clone(),
            merge_into: lay.merge_into,
            instead_of: None,
        };
        if let Some(split) = &lay.split {
            let StmtKind::With { body, .. } = &self.module.stmt(lay.at).kind else {
                return None;
            };
            let body = &self.module.block(*body).stmts;
            (wrap.at, wrap.last) = (*body.first()?, *body.last()?);
            (wrap.merge_into, wrap.instead_of) = (Some(lay.at), Some(split.index));
            wrap.items.push(Item {
                context: split.context.clone(),
                closing: false,
                target: split.target.clone(),
            });
        }
        Some(wrap)
    }

    fn fix(&self, rewrite: &Rewrite, acquisition: &Acquisition) -> Option<Fix> {
        let (first, last) = rewrite.extent?;
        let region = (self.line(first), self.last_line(last));
        let wrap = match &rewrite.lay {
            Some(lay) => Some(self.wrap(lay)?),
            None => None,
        };
        let message = match &rewrite.lay {
            Some(lay) => format!("use `{}`", header(lay)),
            None => "acquire it in the `with` statement".to_owned(),
        };
        Some(Fix {
            applicability: if rewrite.doubts.is_empty() {
                Applicability::Safe
            } else {
                Applicability::Unsafe
            },
            message,
            region,
            enters: match rewrite.lay.as_ref().is_some_and(|lay| lay.closing) {
                true => BTreeSet::new(),
                false => acquisition.slots.clone(),
            },
            plan: Plan {
                wrap,
                drop: rewrite.drop.clone(),
                replace: rewrite.replace.clone(),
                ..Plan::default()
            },
        })
    }
}

/// The header as it will read, on one line.
fn header(lay: &Lay) -> String {
    let context = crate::matcher::short(&lay.context);
    let context = if lay.closing {
        format!("closing({context})")
    } else {
        context
    };
    let target = lay
        .target
        .as_ref()
        .map(|name| format!(" as {name}"))
        .unwrap_or_default();
    let keyword = if lay.is_async { "async with" } else { "with" };
    let behind = lay.split.as_ref().map(|split| {
        let target = split.target.as_ref().map(|name| format!(" as {name}"));
        let context = crate::matcher::short(&split.context);
        format!(", {context}{}", target.unwrap_or_default())
    });
    format!("{keyword} {context}{target}{}:", behind.unwrap_or_default())
}
