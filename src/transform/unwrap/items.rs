//! The items of new `with` statements, and what in the original they stand for.

use super::Half;
use crate::syntax::{ExprKind, Span, StmtKind, WithItem};
use std::collections::HashMap;

/// In how many ways the names of one statement are read before it is given up: far more than any statement needs.
const MOST_TRIES: usize = 1000;

/// An item that both texts have: its function, its context, its target.
type Known<'a> = (Option<usize>, Vec<&'a str>, Vec<&'a str>);

/// An item of a `with` that the original does not have.
#[derive(Clone)]
pub(super) struct Item<'a> {
    /// What is acquired, without `closing` around it.
    pub context: Vec<&'a str>,
    /// The name behind `as`, or nothing.
    pub target: Vec<&'a str>,
    /// The text of the context.
    text: &'a str,
    /// Whether it has been found in the original.
    used: bool,
    /// Whether it is a bare name: the acquisition stays where it is.
    late: bool,
    /// The function it stands in, see [`Half::home`].
    home: Option<usize>,
}

/// All of them, and what the original must still be found to have.
#[derive(Clone)]
pub(super) struct Items<'a> {
    all: Vec<Item<'a>>,
    /// What is left of assignments of which a `with` has taken a part, as statements of the result.
    owed: Vec<Vec<&'a str>>,
    /// The function whose statements are walked: an item takes over nothing in another one.
    home: Option<usize>,
}

impl<'a> Items<'a> {
    /// The items of `new` that `old` does not have.
    pub fn new(old: &Half<'a>, new: &Half<'a>) -> Self {
        let mut known: HashMap<Known, usize> = HashMap::new();
        for (item, with) in all(old) {
            let target = target(old, item);
            let whole = old.words(item.context.outer);
            *known.entry((old.home(with), whole, target)).or_default() += 1;
        }
        let mut items = Vec::new();
        for (item, with) in all(new) {
            let target = target(new, item);
            let whole = new.words(item.context.outer);
            let home = new.home(with);
            if let Some(count) = known.get_mut(&(home, whole, target.clone()))
                && *count > 0
            {
                *count -= 1;
                continue;
            }
            let inner = inside(new, item);
            let context = new.words(inner);
            items.push(Item {
                late: target.is_empty() && context.len() == 1,
                context,
                target,
                text: inner.of(new.text),
                used: false,
                home,
            });
        }
        Self {
            all: items,
            owed: Vec::new(),
            home: None,
        }
    }

    /// Goes into a function, or out of it; what was walked before comes back.
    pub fn walk_in(&mut self, home: Option<usize>) -> Option<usize> {
        std::mem::replace(&mut self.home, home)
    }

    /// Whether the item stands where the walk is, and has not been found yet.
    fn is_open(&self, item: &Item) -> bool {
        !item.used && item.home == self.home
    }

    /// The result has to have a statement that reads so.
    pub fn owe(&mut self, words: Vec<&'a str>) {
        self.owed.push(words);
    }

    /// Whether a statement that reads so is owed; then it is not any more.
    pub fn settle(&mut self, words: &[&str]) -> bool {
        let at = self.owed.iter().position(|owed| owed == words);
        at.map(|at| self.owed.swap_remove(at)).is_some()
    }

    /// Whether nothing is owed.
    pub fn is_even(&self) -> bool {
        self.owed.is_empty()
    }

    /// An item that was found nowhere in the original.
    pub fn left_over(&self) -> Option<&'a str> {
        let left = self.all.iter().find(|item| !item.used && !item.late)?;
        Some(left.text)
    }

    /// Whether an item of a `with` of the result is one that the original does not have.
    pub fn is_new(&self, target: &[&str], context: &[&str]) -> bool {
        let same = |item: &Item| {
            item.home == self.home && item.target == target && item.context == context
        };
        self.all.iter().any(same)
    }

    /// An item with this target and context has been accounted for.
    pub fn found(&mut self, target: &[&str], context: &[&str]) {
        let same =
            |item: &Item| self.is_open(item) && item.target == target && item.context == context;
        if let Some(at) = self.all.iter().position(same) {
            self.all[at].used = true;
        }
    }

    /// Takes an item with this target whose context reads `value`.
    pub fn take(&mut self, target: &[&'a str], value: &[&'a str]) -> bool {
        for at in 0..self.all.len() {
            let item = &self.all[at];
            if !self.is_open(item) || item.late || item.target != target {
                continue;
            }
            let context = item.context.clone();
            let before = self.clone();
            self.all[at].used = true;
            if self.same(bare(value), bare(&context))
                || value.first() == Some(&"await") && self.same(bare(&value[1..]), bare(&context))
            {
                return true;
            }
            *self = before;
        }
        false
    }

    /// Whether `new` reads as `old` once each name that an item binds is what the item acquires, or what binds it:
    /// `(s := f())`, `s = f()` behind another name.
    pub fn same(&mut self, old: &[&'a str], new: &[&'a str]) -> bool {
        let before = self.clone();
        let same = self.walk(old, new, &mut { MOST_TRIES });
        if !same {
            *self = before;
        }
        same
    }

    fn walk(&mut self, old: &[&'a str], new: &[&'a str], tries: &mut usize) -> bool {
        let common = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        if common == old.len() && common == new.len() {
            return true;
        }
        if *tries == 0 {
            return false;
        }
        *tries -= 1;
        // The name may stand in both, and yet stand for more: `a = b` for `a = b = f()`.
        let places = (0..new.len().min(common + 1)).rev();
        places
            .into_iter()
            .any(|at| self.put(&old[at..], &new[at..], tries))
    }

    /// Whether `new` reads as `old` if the name it begins with is one that an item binds.
    fn put(&mut self, old: &[&'a str], new: &[&'a str], tries: &mut usize) -> bool {
        let Some((name, rest)) = new.split_first() else {
            return false;
        };
        let mut tried: Vec<Vec<&'a str>> = Vec::new();
        for at in 0..self.all.len() {
            let item = &self.all[at];
            if !self.is_open(item) || item.target != [*name] || tried.contains(&item.context) {
                continue;
            }
            let context = item.context.clone();
            self.all[at].used = true;
            for (opening, closing) in [(&[][..], &[][..]), (&["("][..], &[")"][..])] {
                for binding in [&[][..], &[*name, ":="][..], &[*name, "="][..]] {
                    for word in [&[][..], &["await"][..]] {
                        // What stands before the context is never a name that stands for something.
                        let Some(old) = [opening, binding, word]
                            .iter()
                            .try_fold(old, |old, part| old.strip_prefix(*part))
                        else {
                            continue;
                        };
                        let put = [&context, closing, rest].concat();
                        if self.walk(old, &put, tries) {
                            return true;
                        }
                    }
                }
            }
            self.all[at].used = false;
            tried.push(context);
        }
        false
    }
}

/// The items of every `with` of a text, with the span of their statement.
pub(super) fn all<'a>(half: &Half<'a>) -> impl Iterator<Item = (&'a WithItem, Span)> {
    let module = half.module;
    module.stmts.iter().flat_map(|stmt| {
        let items: &[WithItem] = match &stmt.kind {
            StmtKind::With { items, .. } => items,
            _ => &[],
        };
        items.iter().map(|item| (item, stmt.span))
    })
}

/// The tokens behind `as`.
pub(super) fn target<'a>(half: &Half<'a>, item: &WithItem) -> Vec<&'a str> {
    let target = item.target.as_ref();
    target.map_or_else(Vec::new, |target| half.words(target.outer))
}

/// Where the context of an item stands, without `closing` and without parentheses around it.
pub(super) fn inside(half: &Half, item: &WithItem) -> Span {
    if let ExprKind::Call { func, args } = &item.context.kind
        && let [arg] = args.as_slice()
        && arg.stars == 0
        && arg.keyword.is_none()
        && half.closings.contains(func.span.of(half.text))
    {
        return arg.value.span;
    }
    item.context.span
}

/// Tokens without the parentheses that stand around all of them.
pub(super) fn bare<'w, 'a>(words: &'w [&'a str]) -> &'w [&'a str] {
    let mut words = words;
    while let ["(", inner @ .., ")"] = words {
        let mut open = 0i32;
        let closes_early = inner.iter().any(|word| {
            open += match *word {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
            open < 0
        });
        if closes_early {
            break;
        }
        words = inner;
    }
    words
}
