//! How the arguments of a pool are written into the call or dict that is there.

use super::arguments;
use super::pool_policy::place;
use crate::catalog::pooling::POOLING;
use crate::matcher::Pooled;
use crate::source::Source;
use crate::syntax::{Module, Span};

/// An argument as it is written there; `quote` is that of the keys of a dict.
pub(super) fn written(pooled: &Pooled, name: &str, value: &str, quote: char) -> String {
    let called = match POOLING.arguments.get(name) {
        Some(known) if pooled.of_pool => known.of_pool.as_str(),
        _ => name,
    };
    match pooled.is_dict {
        true => format!("{quote}{called}{quote}: {value}"),
        false => format!("{called}={value}"),
    }
}

/// The comments beside values that are replaced which name a number, but not the new one: line and text.
pub(super) fn stale_comments(
    source: &Source,
    module: &Module,
    pooled: &Pooled,
    wanted: &[(&'static str, String)],
) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (name, value) in wanted {
        let Some(place) = place(pooled, name) else {
            continue;
        };
        let line = source.line_of(place.end);
        let beside = module
            .comments
            .iter()
            .find(|comment| comment.start >= place.end && source.line_of(comment.start) == line);
        let Some(comment) = beside.map(|comment| comment.of(&source.text)) else {
            continue;
        };
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '.';
        let words = comment.split(|char| !is_part(char));
        let mut numbers = words
            .map(|word| word.trim_matches('.').trim_end_matches('s'))
            .filter(|word| word.parse::<f64>().is_ok())
            .peekable();
        if numbers.peek().is_some() && !numbers.any(|number| number == value) {
            found.push((line, comment.to_owned()));
        }
    }
    found.dedup();
    found
}

/// What is replaced and added so that the arguments have these values; nothing, if there is no room for them.
pub(super) fn pieces(
    source: &Source,
    module: &Module,
    pooled: &Pooled,
    wanted: &[(&'static str, String)],
) -> Option<Vec<(Span, String)>> {
    let mut pieces = Vec::new();
    let mut new = Vec::new();
    let quote = quote(source, pooled);
    for (name, value) in wanted {
        match place(pooled, name) {
            Some(place) => pieces.push((place, value.clone())),
            None => new.push(written(pooled, name, value, quote)),
        }
    }
    if !new.is_empty() {
        let close = pooled.span.end - 1;
        pieces.extend(arguments::added(
            source,
            module,
            &pooled.items,
            close,
            &new,
        )?);
    }
    Some(pieces)
}

/// The quotes around the keys of a dict.
fn quote(source: &Source, pooled: &Pooled) -> char {
    let first = pooled.items.iter().find_map(|item| {
        let text = item.of(&source.text);
        text.starts_with(['"', '\'']).then(|| text.chars().next())
    });
    first.flatten().unwrap_or('"')
}
