//! Hand-made reports for the tests of this room.

use crate::pipeline::{Fixed, Options, Report};
use crate::rules::*;
use crate::source::Source;
use crate::syntax::Span;

/// A report on `bytes` with one finding on the first `get_db()`, rewritten to `new` if given.
pub(crate) fn report(path: &str, bytes: &[u8], new: Option<&str>) -> Report {
    let source = Source::decode(path, bytes.to_vec()).unwrap();
    let found = source.text.contains("get_db()").then(|| finding(&source));
    let fixed = new.map(|text| Fixed {
        text: text.to_string(),
        applied: found.iter().cloned().collect(),
        remaining: Vec::new(),
        failures: Vec::new(),
        asked: false,
    });
    Report {
        source,
        findings: found.into_iter().collect(),
        fixed,
        notes: Vec::new(),
        failures: Vec::new(),
    }
}

/// A safe finding on the first `get_db()`, whose witness is the line below.
pub(crate) fn finding(source: &Source) -> Finding {
    let at = source.text.find("get_db()").unwrap();
    let span = Span::new(at, at + "get_db()".len());
    let start = source.position(span.start);
    Finding {
        rule: Rule::ReleaseNotGuaranteed,
        span,
        start,
        end: source.position(span.end),
        message: "`session` is not released if line 3 raises".into(),
        function: Some("Dashboard.render".into()),
        resource: ResourceInfo {
            variable: Some("session".into()),
            acquirer: "app.db.get_db".into(),
            kind: "database".into(),
            release: "close".into(),
        },
        witness: Some(Witness {
            line: start.line + 1,
            how: How::Raises,
        }),
        reach: Reach::default(),
        fix: Some(Fix {
            applicability: Applicability::Safe,
            message: "use `with get_db() as session:`".into(),
            region: (start.line, start.line + 1),
            enters: Default::default(),
            plan: Plan::default(),
        }),
        blocked_by: None,
        advice: None,
    }
}

/// The same finding with a fix that a person should look at.
pub(crate) fn unsafe_finding(source: &Source) -> Finding {
    let mut finding = finding(source);
    if let Some(fix) = &mut finding.fix {
        fix.applicability = Applicability::Unsafe;
    }
    finding.blocked_by = Some("`rows` is returned and may still need the session".into());
    finding
}

/// The same finding without a fix.
pub(crate) fn manual_finding(source: &Source) -> Finding {
    let mut finding = unsafe_finding(source);
    finding.fix = None;
    finding
}

/// What fails as it does without options.
pub(crate) fn options() -> Options {
    let leak = |rule: &Rule| rule.level() == Level::Leak;
    Options::default().failing(Rule::ALL.into_iter().filter(leak).collect())
}

/// Plain text from the current directory.
pub(crate) fn setting() -> super::Setting {
    super::Setting {
        format: super::Format::Text,
        color: false,
        root: std::env::current_dir().unwrap(),
    }
}
