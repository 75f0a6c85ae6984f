//! Versions of Python that can be named as the oldest one a project runs on.

/// The oldest version of Python that the code has to run on. Whatever it is, a fix writes nothing newer than Python 3.6.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TargetVersion {
    Py36,
    Py37,
    Py38,
    Py39,
    Py310,
    Py311,
    Py312,
    Py313,
    Py314,
}
