//! What holds for a file, and whence: `unleak config`.

use std::io::{self, Write};

use serde::Serialize;
use toml::Value;

use super::path::printable;

/// What holds for one file.
#[derive(Debug, Serialize)]
pub struct Holding {
    /// The file.
    pub path: String,
    /// The configuration file that governs it.
    pub configuration: Option<String>,
    /// Why it is left out where it is found in a directory.
    pub left_out: Option<String>,
    /// The codes of the rules that report in it.
    pub rules: Vec<&'static str>,
    /// The codes of those that would, but for `per-file-ignores`, and where it says so.
    pub ignored: Vec<Ignored>,
    /// Its area.
    pub area: Option<AreaOf>,
    /// Every key.
    pub settings: Vec<Setting>,
}

/// A rule that does not report in a file.
#[derive(Debug, Serialize)]
pub struct Ignored {
    /// The code of the rule.
    pub rule: &'static str,
    /// The glob.
    pub glob: String,
    /// The line in the configuration file.
    pub line: usize,
}

/// The area of a file.
#[derive(Debug, Serialize)]
pub struct AreaOf {
    /// What it is called.
    pub name: String,
    /// `high`, `medium` or `low`.
    pub priority: &'static str,
}

/// What a key says.
#[derive(Debug, Serialize)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// What it says.
    pub value: Value,
    /// The configuration file that says so; `None`: that is the default.
    pub path: Option<String>,
    /// The line there.
    pub line: Option<usize>,
}

/// One JSON object.
pub fn write_json(out: &mut dyn Write, holding: &Holding) -> io::Result<()> {
    serde_json::to_writer(&mut *out, holding)?;
    writeln!(out)
}

/// For people: the keys as unleak.toml would have them, with comments.
pub fn write(out: &mut dyn Write, holding: &Holding) -> io::Result<()> {
    let path = printable(&holding.path);
    match &holding.configuration {
        Some(file) => writeln!(out, "# {path} is governed by {}", printable(file))?,
        None => writeln!(out, "# {path} is governed by no configuration")?,
    }
    if let Some(reason) = &holding.left_out {
        writeln!(out, "# left out of directories: {}", printable(reason))?;
    }
    match holding.rules.is_empty() {
        true => writeln!(out, "# no rule reports in it")?,
        false => writeln!(out, "# rules: {}", holding.rules.join(", "))?,
    }
    for ignored in &holding.ignored {
        writeln!(
            out,
            "# not {}: per-file-ignores has \"{}\" in line {}",
            ignored.rule,
            printable(&ignored.glob),
            ignored.line
        )?;
    }
    if let Some(area) = &holding.area {
        writeln!(
            out,
            "# area: {} (priority {})",
            printable(&area.name),
            area.priority
        )?;
    }
    let is_said = |setting: &&Setting| setting.line.is_some();
    for setting in holding.settings.iter().filter(is_said) {
        let (path, line) = (setting.path.as_deref(), setting.line);
        let place = path.zip(line).map(|(path, line)| format!("{path}:{line}"));
        writeln!(out, "\n# {}", printable(&place.unwrap_or_default()))?;
        writeln!(out, "{} = {}", setting.key, setting.value)?;
    }
    writeln!(out, "\n# defaults")?;
    for setting in holding.settings.iter().filter(|one| !is_said(one)) {
        writeln!(out, "{} = {}", setting.key, setting.value)?;
    }
    Ok(())
}
