//! `unleak` finds resources that Python code acquires and does not release on every path, and rewrites that code into
//! `with` blocks.
//!
//! The whole pipeline, for one file:
//!
//! ```
//! use unleak::{emit, pipeline, source::Source};
//!
//! let bytes = b"def total(rows):\n    return sum(rows)\n".to_vec(); // discover: paths -> files
//! let source = Source::decode("app/totals.py", bytes)?; //               source: bytes -> text
//! let report = pipeline::fix(source, &pipeline::Options::default()); //  syntax, matcher, rules, transform
//! let mut patch = Vec::new();
//! emit::diff::write(&mut patch, &report, false)?; //                     emit: report -> terminal or disk
//! assert!(patch.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analysis;
pub mod areas;
pub mod audit;
pub mod baseline;
pub mod catalog;
pub mod changes;
pub mod cli;
pub mod config;
pub mod discover;
pub mod emit;
pub mod faults;
pub mod matcher;
pub mod mocks;
pub mod options;
pub mod pipeline;
pub mod project;
pub mod proof;
pub mod rules;
pub mod scaffold;
pub mod source;
pub mod stepwise;
pub mod suppress;
pub mod survey;
pub mod syntax;
pub mod transform;
pub mod usage;
