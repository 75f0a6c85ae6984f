//! What is known of resources, and of the callables they are given to.
//!
//! The knowledge stands in the TOML files beside this one; they are compiled in and read once. Nothing here looks at code:
//! names come in, facts go out. Names are dotted and absolute (`sqlalchemy.orm.Session`, `builtins.open`); see
//! [`project`](crate::project) for how an expression becomes such a name.

mod decorator;
pub mod entries;
mod load;
pub mod logging;
pub mod pooling;
mod prefilter;
mod resource;
mod shared;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

pub use decorator::Decorator;
pub use prefilter::Prefilter;
pub use resource::{Acquire, Items, Kind, Manner, Resource, WrapForm};
pub use shared::Shared;

/// What a callable does with a resource it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callable {
    /// Its result is a plain value that no longer needs the resource.
    Copies,
    /// It consumes the resource before it returns; the elements of its result are those the resource yielded.
    Eager,
    /// Its result reads from the resource later.
    Lazy,
    /// It takes a lock that lasts as long as the resource is open.
    Locks,
    /// What it starts goes on with a copy of its own; whether ours can be released while it runs is for a person to see.
    CopiedBy,
    /// Like `Lazy`, and its result has a buffer of its own for what is written.
    Buffers,
    /// A method that puts it into the object it is called on.
    Collects,
    /// It keeps the resource, or hands it to something that runs or releases it later.
    Keeps,
}

/// Whether a name that cannot be resolved counts as an acquirer.
#[derive(Clone, Debug, PartialEq)]
pub struct Convention {
    /// What it is taken to give.
    pub resource: Arc<Resource>,
    /// Whether it counts only in a function that releases what it got.
    pub if_released: bool,
}

/// The catalog.
#[derive(Debug, Default)]
pub struct Catalog {
    resources: Vec<Arc<Resource>>,
    by_acquirer: HashMap<String, Arc<Resource>>,
    known: HashSet<String>,
    aliases: HashMap<String, String>,
    types: Vec<load::TypeRule>,
    functions: HashMap<String, Callable>,
    methods: HashMap<String, Callable>,
    lazy_keywords: HashSet<String>,
    borrows: HashSet<String>,
    programs: HashSet<String>,
    program_methods: HashSet<String>,
    plain_bases: HashSet<String>,
    relations: HashSet<String>,
    conventions: HashMap<String, Convention>,
    shared_words: Vec<String>,
    decorators: HashMap<String, Decorator>,
    builtins: HashSet<String>,
    stdlib: HashSet<String>,
    sharing: shared::Sharing,
}

impl Catalog {
    /// The one catalog.
    pub fn get() -> &'static Catalog {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        // The data is part of the program and a test loads it: there is no input that could make this fail.
        CATALOG.get_or_init(|| Catalog::load().unwrap_or_default())
    }

    fn load() -> Result<Catalog, String> {
        let mut catalog = Catalog::default();
        for resource in load::resources()? {
            catalog.resources.push(Arc::new(resource));
        }
        let types = load::types()?;
        for (name, others) in types.aliases {
            for other in others {
                catalog.aliases.insert(other, name.clone());
            }
        }
        catalog.types = types.types;
        catalog.relations = types.relations;
        catalog.plain_bases = types.plain_bases.into_iter().collect();
        for resource in &catalog.resources {
            for name in &resource.acquirers {
                if catalog
                    .by_acquirer
                    .insert(name.clone(), resource.clone())
                    .is_some()
                {
                    return Err(format!("{name} stands in two entries"));
                }
            }
        }
        let callables = load::callables()?;
        catalog.functions = effects(callables.functions)?;
        catalog.methods = effects(callables.methods)?;
        catalog.lazy_keywords = callables.lazy_keywords.into_iter().collect();
        catalog.borrows = callables.borrows.into_iter().collect();
        catalog.programs = callables.programs.into_iter().collect();
        catalog.program_methods = callables.program_methods.into_iter().collect();
        let conventional = callables.conventional;
        catalog.shared_words = conventional.shared;
        for (names, if_released) in [
            (conventional.always, false),
            (conventional.if_released, true),
        ] {
            for (name, id) in names {
                let resource = catalog
                    .by_id(&id)
                    .ok_or_else(|| format!("{name}: no entry {id}"))?;
                catalog.conventions.insert(
                    name,
                    Convention {
                        resource,
                        if_released,
                    },
                );
            }
        }
        for rule in &catalog.types {
            let names = rule
                .calls
                .iter()
                .chain(&rule.attributes)
                .chain([&rule.gives]);
            catalog.known.extend(names.cloned());
        }
        let instances = catalog
            .resources
            .iter()
            .filter_map(|resource| resource.instance.clone());
        catalog.known.extend(instances);
        catalog.known.extend(
            catalog
                .by_acquirer
                .keys()
                .chain(catalog.functions.keys())
                .cloned(),
        );
        catalog.decorators = decorator::by_name(load::decorators()?)?;
        let python = load::python()?;
        catalog.builtins = python.builtins.into_iter().collect();
        catalog.stdlib = python.stdlib.into_iter().collect();
        catalog.sharing = load::sharing()?;
        Ok(catalog)
    }

    /// Every entry, in the order of the data.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter()
    }

    /// The entry with that id.
    pub fn by_id(&self, id: &str) -> Option<Arc<Resource>> {
        self.resources
            .iter()
            .find(|resource| resource.id == id)
            .cloned()
    }

    /// What calling `dotted` acquires, entries that are not reported by default included.
    pub fn resource(&self, dotted: &str) -> Option<&Arc<Resource>> {
        self.by_acquirer
            .get(dotted)
            .or_else(|| self.by_acquirer.get(&self.canonical(dotted)))
    }

    /// Whether the catalog says anything about `dotted`.
    pub fn knows(&self, dotted: &str) -> bool {
        self.known.contains(dotted) || self.known.contains(&self.canonical(dotted))
    }

    /// The name under which the catalog knows `dotted`: `sqlalchemy.orm.session.Session.get` is
    /// `sqlalchemy.orm.Session.get`.
    pub fn canonical(&self, dotted: &str) -> String {
        let mut end = dotted.len();
        loop {
            if let Some(name) = self.aliases.get(&dotted[..end]) {
                return format!("{name}{}", &dotted[end..]);
            }
            match dotted[..end].rfind('.') {
                Some(dot) => end = dot,
                None => return dotted.to_string(),
            }
        }
    }

    /// The type of what a call of `dotted` gives. `argument` tells the dotted name of the argument with that keyword, or
    /// at that position where it has no keyword.
    pub fn type_of_call(
        &self,
        dotted: &str,
        argument: &dyn Fn(&str, usize) -> Option<String>,
    ) -> Option<String> {
        let name = self.canonical(dotted);
        let rules = || self.types.iter().filter(|rule| rule.calls.contains(&name));
        let holds = |when: &load::When| {
            let is = argument(&when.keyword, when.position).map(|is| self.canonical(&is));
            is.is_some_and(|is| when.is.contains(&is))
        };
        rules()
            .find(|rule| rule.when.as_ref().is_some_and(holds))
            .or_else(|| rules().find(|rule| rule.when.is_none()))
            .map(|rule| rule.gives.clone())
            .or_else(|| self.resource(&name)?.instance.clone())
    }

    /// The type of the attribute `dotted` (`pathlib.Path.parent`).
    pub fn type_of_attribute(&self, dotted: &str) -> Option<String> {
        let name = self.canonical(dotted);
        self.types
            .iter()
            .find(|rule| rule.attributes.contains(&name))
            .map(|rule| rule.gives.clone())
    }

    /// The type of `left operator right` where one of the two is a `class`.
    pub fn type_of_operator(&self, class: &str, operator: &str) -> Option<String> {
        let known = |rule: &&load::TypeRule| {
            rule.gives == class && rule.operators.iter().any(|op| op == operator)
        };
        self.types.iter().find(known).map(|rule| rule.gives.clone())
    }

    /// The entry of what is an object of the class `dotted`, if it is reported by default.
    pub fn by_instance(&self, dotted: &str) -> Option<&Arc<Resource>> {
        let name = self.canonical(dotted);
        self.resources
            .iter()
            .find(|resource| resource.default && resource.instance.as_ref() == Some(&name))
    }

    /// What the decorator `dotted` makes of a function.
    pub fn decorator(&self, dotted: &str) -> Option<Decorator> {
        self.decorators.get(&self.canonical(dotted)).copied()
    }

    /// What the function or class `dotted` does with a resource it is given.
    pub fn callable(&self, dotted: &str) -> Option<Callable> {
        self.functions
            .get(dotted)
            .or_else(|| self.functions.get(&self.canonical(dotted)))
            .copied()
    }

    /// What a method of that name does with a resource it is given, whatever it is a method of.
    pub fn method(&self, name: &str) -> Option<Callable> {
        self.methods.get(name).copied()
    }

    /// Whether an eager callable reads later when it is given this keyword (`pandas.read_sql(..., chunksize=10)`).
    pub fn lazy_keyword(&self, keyword: &str) -> bool {
        self.lazy_keywords.contains(keyword)
    }

    /// Whether what calling `dotted` gives never releases what it was given.
    pub fn borrows(&self, dotted: &str) -> bool {
        self.borrows.contains(&self.canonical(dotted))
    }

    /// Whether a file that calls `dotted` where it itself runs is a program, not a module for others.
    pub fn makes_a_program(&self, dotted: &str) -> bool {
        let package = dotted.split('.').next().unwrap_or(dotted);
        self.programs.contains(dotted) || self.programs.contains(package)
    }

    /// Whether the same holds for a call of any method of that name.
    pub fn method_of_a_program(&self, name: &str) -> bool {
        self.program_methods.contains(name)
    }

    /// Whether the class `dotted` leaves alone what classes below it put on their objects.
    pub fn is_plain_base(&self, dotted: &str) -> bool {
        dotted.starts_with("builtins.") || self.plain_bases.contains(&self.canonical(dotted))
    }

    /// Whether what a call of something named so makes is a relation of a model.
    pub fn makes_relation(&self, name: &str) -> bool {
        self.relations.contains(name)
    }

    /// What keeps the object `dotted`, or what hangs on it, for everybody who asks.
    pub fn shared_object(&self, dotted: &str) -> Option<&Shared> {
        self.sharing.object(&self.canonical(dotted))
    }

    /// Whether an object of the class `dotted` keeps what hangs on it for everybody who asks.
    pub fn shared_type(&self, dotted: &str) -> Option<&Shared> {
        self.sharing.class(&self.canonical(dotted))
    }

    /// The attributes of a class that lend.
    pub fn shared_attributes<'s>(
        &'s self,
        class: &'s str,
    ) -> impl Iterator<Item = (&'s str, &'s Shared)> + 's {
        self.sharing.attributes(class)
    }

    /// Whether a name looks like that of a provider. It says nothing; it is worth a question to the user.
    pub fn looks_like_provider(&self, name: &str, is_method: bool) -> bool {
        self.conventions.contains_key(name) || self.sharing.looks_like_provider(name, is_method)
    }

    /// The names that [`canonical`](Self::canonical) replaces.
    fn aliases(&self) -> impl Iterator<Item = &str> {
        self.aliases.keys().map(String::as_str)
    }

    /// What a bare name is taken to give where no definition can be found.
    pub fn convention(&self, name: &str) -> Option<&Convention> {
        self.conventions.get(name)
    }

    /// Whether the name of a function speaks of something that others have, too.
    pub fn names_shared(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        name.split('_')
            .any(|word| self.shared_words.iter().any(|shared| shared == word))
    }

    /// The names that count by convention.
    pub fn conventional_names(&self) -> impl Iterator<Item = &str> {
        self.conventions.keys().map(String::as_str)
    }

    /// Whether Python binds `name` itself.
    pub fn is_builtin(&self, name: &str) -> bool {
        self.builtins.contains(name)
    }

    /// Whether the first component of a dotted module name is a module that comes with Python.
    pub fn is_stdlib(&self, module: &str) -> bool {
        self.stdlib.contains(module)
    }
}

fn effects(names: load::Effects) -> Result<HashMap<String, Callable>, String> {
    let lists = [
        (names.copies, Callable::Copies),
        (names.eager, Callable::Eager),
        (names.lazy, Callable::Lazy),
        (names.buffers, Callable::Buffers),
        (names.locks, Callable::Locks),
        (names.copied_by, Callable::CopiedBy),
        (names.collects, Callable::Collects),
        (names.keeps, Callable::Keeps),
    ];
    let mut out = HashMap::new();
    for (list, effect) in lists {
        for name in list {
            if out.insert(name.clone(), effect).is_some() {
                return Err(format!("{name} stands in two lists"));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
