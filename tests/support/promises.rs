//! What holds for every file, whatever is in it: nothing panics, no fix fails its own check, a second run changes
//! nothing, and what comes out can be read again, in the same encoding.

use std::path::Path;
use std::sync::LazyLock;

use unleak::pipeline::{self, Options, Report};
use unleak::rules::Rule;
use unleak::source::Source;

/// With safe fixes only, and with all.
static OPTIONS: LazyLock<[Options; 2]> = LazyLock::new(|| {
    [false, true].map(|all| Options::new(Rule::ALL.into_iter().collect(), all, &[]))
});

/// What happened to a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// Whether it could be read.
    pub read: bool,
    /// Whether anything was found.
    pub found: bool,
    /// Whether a safe fix was made.
    pub safe: bool,
    /// Whether any fix was made.
    pub changed: bool,
}

/// Takes a file's bytes through the whole pipeline; an error is a promise that was broken. A panic comes through.
pub fn hold(bytes: &[u8]) -> Result<Met, String> {
    // No such folder: nothing can be imported from beside the file.
    let path = Path::new("no/such/folder/fuzzed.py");
    let mut met = Met::default();
    for options in &*OPTIONS {
        let Ok(source) = Source::decode(path, bytes.to_vec()) else {
            return Ok(met);
        };
        met.read = true;
        let report = pipeline::fix(source, options);
        met.found |= !report.findings.is_empty();
        met.changed |= report.new_text().is_some();
        met.safe |= !options.unsafe_fixes && report.new_text().is_some();
        after(&report, options).map_err(|broken| {
            let kind = if options.unsafe_fixes { "all" } else { "safe" };
            let new = report.new_text().unwrap_or("(unchanged)");
            format!(
                "with {kind} fixes: {broken}\n--- from\n{}\n--- to\n{new}",
                report.source.text
            )
        })?;
    }
    Ok(met)
}

fn after(report: &Report, options: &Options) -> Result<(), String> {
    if let Some(failure) = report.failures.first() {
        return Err(failure.to_string());
    }
    let Some(text) = report.new_text() else {
        return Ok(());
    };
    let bytes = report
        .source
        .encode(text)
        .map_err(|error| error.to_string())?;
    let again = Source::decode(&report.source.path, bytes).map_err(|error| error.to_string())?;
    if again.text != text {
        return Err("what is written reads differently".to_owned());
    }
    let again = pipeline::fix(again, options);
    if let Some(more) = again.new_text() {
        return Err(format!("a second run changes it again\n--- again\n{more}"));
    }
    Ok(())
}
