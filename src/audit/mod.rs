//! What leaks in a project, where it matters most, and what can be done about it.

mod divide;
mod patterns;
mod spot;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use patterns::Pattern;
pub use spot::Spot;

use crate::areas::{Area, Areas, Priority};
use crate::catalog::entries::ENTRIES;
use crate::rules::{Applicability, Finding, Level, Rule};
use crate::source::{Position, Source};
use crate::survey::Entry;
use crate::syntax;

/// How a leak can be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// `unleak fix` does it.
    Safe,
    /// `unleak fix --unsafe-fixes` does it, and a person looks at the result.
    Review,
    /// A person does it.
    ByHand,
}

/// A number of leaks by how they can be mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// See [`Repair::Safe`].
    pub safe: usize,
    /// See [`Repair::Review`].
    pub review: usize,
    /// See [`Repair::ByHand`].
    pub by_hand: usize,
}

/// One leak.
#[derive(Clone, Debug)]
pub struct Leak {
    /// Which rule.
    pub rule: Rule,
    /// Where the acquiring call begins.
    pub start: Position,
    /// The function's qualified name; `None` at module level.
    pub function: Option<String>,
    /// One sentence.
    pub message: String,
    /// The dotted name of what was called.
    pub acquirer: String,
    /// The name it is bound to.
    pub variable: Option<String>,
    /// What is around it.
    pub spot: Spot,
    /// How it can be mended.
    pub repair: Repair,
    /// Why not safely.
    pub blocked_by: Option<String>,
    /// How much it matters.
    pub priority: Priority,
    /// Whether a baseline does not have it.
    pub is_new: bool,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its path.
    pub path: PathBuf,
    /// The name of its area.
    pub area: String,
    /// The highest of its leaks; of a file without leaks nothing is said by it.
    pub priority: Priority,
    /// What leaks in it: what matters most first.
    pub leaks: Vec<Leak>,
    /// What is only longer than it need be.
    pub style: usize,
    configured: Option<Area>,
}

/// A part of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// How much a leak in it matters: what is configured, else the highest of its leaks; `None` without any.
    pub priority: Option<Priority>,
    /// How many files it has.
    pub files: usize,
    /// How many of them leak.
    pub leaking: usize,
    /// Its leaks.
    pub leaks: Repairs,
}

/// What became of the leaks of a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many there were.
    pub known: usize,
    /// How many are there still.
    pub remain: usize,
    /// In how many files.
    pub files: usize,
    /// How many came since then.
    pub new: usize,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// How many files were looked at.
    pub files: usize,
    /// The leaks.
    pub leaks: Repairs,
    /// How many findings are of level style.
    pub style: usize,
    /// The parts of the project: those that matter most first.
    pub parts: Vec<Part>,
    /// The files that leak: those that matter most first.
    pub ranked: Vec<Page>,
    /// How to write it right.
    pub patterns: Vec<Pattern>,
    /// Against a baseline.
    pub progress: Option<Progress>,
    /// The revision since which lines had to change to be looked at; `None`: all of them were.
    pub changed_since: Option<String>,
}

impl Page {
    /// What the `findings` say of a file, which lies at `place`, a real path. `areas` are those the user named; `is_new` says of each finding whether a
    /// baseline does not have it.
    pub fn of(
        source: &Source,
        place: &Path,
        findings: &[Finding],
        is_new: &[bool],
        areas: &Areas,
    ) -> Page {
        let mut page = Page {
            path: source.path.clone(),
            area: String::new(),
            priority: Priority::Low,
            leaks: Vec::new(),
            style: 0,
            configured: areas.of(place).cloned(),
        };
        if findings.is_empty() {
            return page;
        }
        let module = syntax::parse(&source.text);
        let handed = spot::Handed::new(&module);
        for (index, finding) in findings.iter().enumerate() {
            if finding.rule.level() == Level::Style {
                page.style += 1;
                continue;
            }
            page.leaks.push(Leak {
                rule: finding.rule,
                start: finding.start,
                function: finding.function.clone(),
                message: finding.message.clone(),
                acquirer: finding.resource.acquirer.clone(),
                variable: finding.resource.variable.clone(),
                spot: handed.spot(finding.span),
                repair: match finding.fix.as_ref().map(|fix| fix.applicability) {
                    Some(Applicability::Safe) => Repair::Safe,
                    Some(Applicability::Unsafe) => Repair::Review,
                    None => Repair::ByHand,
                },
                blocked_by: finding.blocked_by.clone(),
                priority: Priority::Medium,
                is_new: is_new.get(index).copied().unwrap_or(false),
            });
        }
        page
    }

    /// How its leaks can be mended.
    pub fn repairs(&self) -> Repairs {
        let mut repairs = Repairs::default();
        for leak in &self.leaks {
            repairs.count(leak.repair);
        }
        repairs
    }

    /// How many of its leaks run again and again.
    pub fn hot(&self) -> usize {
        self.leaks.iter().filter(|leak| leak.spot.is_hot()).count()
    }

    /// Says how much each leak matters. A configured area has the last word.
    fn weigh(&mut self, usual: &[Usual]) {
        let path = divide::whole(&self.path);
        let is_one = |areas: fn(&Usual) -> &Areas| {
            let mut usual = usual.iter().map(areas);
            usual.any(|areas| areas.of(&path).is_some())
        };
        let is_rare = is_one(|usual| &usual.rare);
        let of_handlers = is_one(|usual| &usual.handlers);
        let of_callbacks = is_one(|usual| &usual.callbacks);
        for leak in &mut self.leaks {
            let name = leak
                .function
                .as_deref()
                .and_then(|name| name.rsplit('.').next());
            let is_public = name.is_some_and(|name| !name.starts_with('_'));
            leak.spot.in_handler |= of_handlers && is_public;
            leak.spot.in_callback |= of_callbacks && is_public;
            leak.priority = match &self.configured {
                Some(area) => area.priority,
                None if is_rare || leak.spot.in_main => Priority::Low,
                None if leak.spot.is_hot() => Priority::High,
                None => Priority::Medium,
            };
        }
        self.leaks
            .sort_by_key(|leak| (leak.priority, !leak.spot.is_hot(), leak.start.line));
        let highest = self.leaks.first().map(|leak| leak.priority);
        self.priority = highest.unwrap_or(Priority::Low);
    }
}

impl Audit {
    /// Sums up `pages`, one for each file of a run; `entries` are what was found out about who hands out resources.
    pub fn new(mut pages: Vec<Page>, entries: &[Entry], progress: Option<Progress>) -> Audit {
        pages.sort_by(|one, other| one.path.cmp(&other.path));
        let root = divide::root(pages.iter().map(|page| page.path.as_path()));
        // `unleak audit tests` is about tests, too.
        let here = std::env::current_dir().unwrap_or_default();
        let usual = [Usual::below(&root), Usual::below(&here)];
        for page in &mut pages {
            page.weigh(&usual);
        }
        divide::name_areas(&mut pages, &root);
        let mut audit = Audit {
            files: pages.len(),
            style: pages.iter().map(|page| page.style).sum(),
            parts: parts(&pages),
            progress,
            ..Audit::default()
        };
        pages.retain(|page| !page.leaks.is_empty());
        // Stable: by path where nothing else differs.
        pages.sort_by_key(|page| {
            let of_highest = |leak: &&Leak| leak.priority == page.priority;
            let urgent = page.leaks.iter().filter(of_highest).count();
            let numbers = (page.hot(), urgent, page.leaks.len());
            (page.priority, std::cmp::Reverse(numbers))
        });
        for page in &pages {
            audit.leaks.add(page.repairs());
        }
        audit.patterns = patterns::of(&pages, entries);
        audit.ranked = pages;
        audit
    }
}

impl Repairs {
    /// All of them.
    pub fn total(self) -> usize {
        self.safe + self.review + self.by_hand
    }

    fn count(&mut self, repair: Repair) {
        match repair {
            Repair::Safe => self.safe += 1,
            Repair::Review => self.review += 1,
            Repair::ByHand => self.by_hand += 1,
        }
    }

    fn add(&mut self, other: Repairs) {
        self.safe += other.safe;
        self.review += other.review;
        self.by_hand += other.by_hand;
    }
}

impl Progress {
    /// How many are no longer there.
    pub fn fixed(self) -> usize {
        self.known.saturating_sub(self.remain)
    }
}

/// What files usually hold, by their names.
struct Usual {
    rare: Areas,
    handlers: Areas,
    callbacks: Areas,
}

impl Usual {
    fn below(root: &Path) -> Usual {
        let area = |name: &str, globs: &[String]| Area {
            name: name.to_string(),
            globs: globs.to_vec(),
            priority: Priority::Medium,
        };
        // The globs are the program's own.
        let areas = |list| Areas::new(root, list).unwrap_or_default();
        let rare = ENTRIES.rare.iter();
        Usual {
            rare: areas(rare.map(|rare| area(&rare.name, &rare.globs)).collect()),
            handlers: areas(vec![area("handlers", &ENTRIES.handler.files)]),
            callbacks: areas(vec![area("callbacks", &ENTRIES.callback.files)]),
        }
    }
}

fn parts(pages: &[Page]) -> Vec<Part> {
    let mut parts: BTreeMap<&str, Part> = BTreeMap::new();
    for page in pages {
        let part = parts.entry(&page.area).or_insert_with(|| Part {
            name: page.area.clone(),
            priority: None,
            files: 0,
            leaking: 0,
            leaks: Repairs::default(),
        });
        part.files += 1;
        part.leaks.add(page.repairs());
        let configured = page.configured.as_ref().map(|area| area.priority);
        let of_leaks = (!page.leaks.is_empty()).then_some(page.priority);
        part.leaking += usize::from(of_leaks.is_some());
        let said = [part.priority, configured.or(of_leaks)];
        part.priority = said.into_iter().flatten().min();
    }
    let mut parts: Vec<Part> = parts.into_values().collect();
    parts.sort_by_key(|part| {
        let priority = part.priority.unwrap_or(Priority::Low);
        (
            part.leaks.total() == 0,
            priority,
            std::cmp::Reverse(part.leaks.total()),
        )
    });
    parts
}
