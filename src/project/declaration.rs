//! What a user says about acquirers: by `--acquirer`, or in a configuration file.

use std::sync::Arc;

use super::provided::Link;
use crate::catalog::{Kind, Resource, WrapForm};

/// One statement of the user about some acquirers. What it does not say is inferred, or taken from the catalog.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    /// Their dotted names, or last components of them.
    pub acquirers: Vec<String>,
    /// Whether what they give is shared, so that nobody has to release it.
    pub borrowed: bool,
    /// The methods that release it, the usual one first; empty if nothing is said.
    pub release: Vec<String>,
    /// Whether those are awaited.
    pub release_async: Option<bool>,
    /// What `with` does to it.
    pub context: Option<Leaving>,
    /// What `async with` does to it.
    pub async_context: Option<Leaving>,
    /// What sort of thing it is.
    pub kind: Option<Kind>,
    /// Whether there may be nothing instead.
    pub may_be_none: Option<bool>,
    /// Where it is said.
    pub place: Option<Link>,
}

/// What leaving the `with` around an object does to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Leaving {
    /// It is released.
    Releases,
    /// A transaction ends, and the object stays open.
    Transaction,
    /// It is no context manager.
    None,
}

impl Declaration {
    /// A declaration that says nothing but that `acquirers` acquire.
    pub fn of_names(acquirers: &[String]) -> Declaration {
        Declaration {
            acquirers: acquirers.to_vec(),
            ..Declaration::default()
        }
    }

    /// Whether it says more than that its names acquire.
    fn changes_resource(&self) -> bool {
        !self.release.is_empty()
            || self.release_async.is_some()
            || self.context.is_some()
            || self.async_context.is_some()
            || self.kind.is_some()
    }

    /// What is known of the resource, where `known` is what would be known otherwise.
    pub(super) fn resource(&self, name: &str, known: &Arc<Resource>) -> Arc<Resource> {
        if !self.changes_resource() {
            return known.clone();
        }
        let mut resource = Resource::clone(known);
        // A different description of the same thing: what is found out by its id must not be mixed up.
        resource.id = format!("declared.{name}");
        // What is only taken for a session or connection is not of that class.
        if resource.acquirers.is_empty() {
            resource.instance = None;
        }
        resource.acquirers = vec![name.to_string()];
        if !self.release.is_empty() && self.release != resource.release {
            resource.release.clone_from(&self.release);
            resource.idempotent_release = false;
            resource.release_may_fail = true;
            resource.completes = false;
            resource.exit_differs = None;
            // What its `with` would do is not said: only `closing` is right for anything with a close().
            resource.wrap = closing(&resource);
            resource.with_releases = None;
            resource.given_back = false;
        }
        if let Some(release_async) = self.release_async
            && release_async != resource.release_async
        {
            resource.release_async = release_async;
            resource.wrap = closing(&resource);
        }
        if let Some(kind) = self.kind {
            resource.kind = kind;
        }
        self.wrap(&mut resource);
        Arc::new(resource)
    }

    fn wrap(&self, resource: &mut Resource) {
        let (own, form) = match resource.release_async {
            true => (self.async_context, WrapForm::AsyncWith),
            false => (self.context, WrapForm::With),
        };
        match own {
            Some(Leaving::Releases) => resource.wrap = form,
            Some(Leaving::Transaction | Leaving::None) => resource.wrap = closing(resource),
            None => {}
        }
        if let Some(context) = self.context {
            resource.with_releases = Some(context == Leaving::Releases);
            resource.with_ends_transaction = context == Leaving::Transaction;
        }
    }
}

/// The `with` that needs no context manager, if there is one.
fn closing(resource: &Resource) -> WrapForm {
    let closes = resource
        .release
        .first()
        .is_some_and(|release| release == "close");
    if closes && !resource.release_async {
        WrapForm::Closing
    } else {
        WrapForm::None
    }
}
