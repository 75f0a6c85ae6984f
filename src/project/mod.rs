//! From a call to what it acquires: imports, types and providers, across the files of a project.
//!
//! [`Names`] answers for one file; where an import leads to another file of the project, that file is read on demand,
//! once, and answered for by a [`Names`] of its own. Third-party packages are not looked for: what they offer is the
//! catalog's business. Everything here is a guess-free look-up: what cannot be resolved is `None`.

mod acquirer;
mod annotations;
mod bindings;
mod called;
mod callee;
mod classes;
mod constants;
mod course;
mod declaration;
mod declared;
mod decorators;
mod explain;
mod generators;
mod imports;
mod instances;
mod kin;
mod made;
mod names;
mod owners;
mod provided;
mod provider;
mod relations;
mod returned;
mod slots;
mod source;
mod stars;
mod stored;
mod trail;
mod types;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use acquirer::{Acquirer, Trust};
pub use callee::{Function, Lifetime};
pub use declaration::{Declaration, Leaving};
pub use explain::{Asked, Form, Ownership, Provider, Unclear, Use, Way};
pub use kin::{Kin, Owner};
pub use names::Names;
pub use provided::Link;
pub use slots::Slot;
pub use source::Memo;

use elsa::sync::FrozenMap;
use source::Source;

/// A file that is read by whoever asks first; nothing, if it cannot be.
type ReadOnce = OnceLock<Option<Source>>;

/// What all files of a run share: the files read so far, and what the user declared.
#[derive(Default)]
pub struct Project {
    declarations: Vec<Declaration>,
    sources: FrozenMap<PathBuf, Box<ReadOnce>>,
    roots: Mutex<HashMap<PathBuf, Arc<Vec<PathBuf>>>>,
    modules: Mutex<HashMap<imports::Key, Option<imports::Found>>>,
    packages: Mutex<HashMap<PathBuf, Vec<String>>>,
}

impl Project {
    /// A project in which the names in `acquirers` (dotted, or a last component) count as acquirers too.
    pub fn new(acquirers: &[String]) -> Project {
        Project::declaring(vec![Declaration::of_names(acquirers)])
    }

    /// A project of which the user says `declarations`; of two about the same name the first counts.
    pub fn declaring(declarations: Vec<Declaration>) -> Project {
        let mut declarations = declarations;
        declarations.retain(|declaration| !declaration.acquirers.is_empty());
        Project {
            declarations,
            ..Project::default()
        }
    }

    /// The files that were read so far because others import them, in order.
    pub fn files(&self) -> Vec<PathBuf> {
        let was_read = |path: &PathBuf| {
            self.sources
                .get(path)
                .is_some_and(|cell| cell.get().is_some_and(Option::is_some))
        };
        let mut files = self.sources.keys_cloned();
        files.retain(was_read);
        files.sort();
        files
    }

    /// The file at `path`, read and parsed once; `None` if it is not there or not UTF-8.
    fn source(&self, path: &Path) -> Option<&Source> {
        let cell = self
            .sources
            .get(path)
            .unwrap_or_else(|| self.sources.insert(path.to_path_buf(), Box::default()));
        // Parsed outside the map's lock: other threads go on with other files.
        cell.get_or_init(|| Source::read(path)).as_ref()
    }
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project")
            .field("declarations", &self.declarations)
            .finish_non_exhaustive()
    }
}

/// Locks a cache. A thread that panicked left at worst an entry out, so its poison means nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
