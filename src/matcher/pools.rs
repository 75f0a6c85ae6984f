//! Where pools of connections are made, and with which arguments.

use super::Context;
use crate::catalog::pooling::POOLING;
use crate::syntax::{Arg, BlockId, Expr, ExprKind, ScopeId, Span, Stmt, StmtKind, walk_exprs};

/// One place where a pool is made.
#[derive(Debug)]
pub struct Pooled {
    /// The call, or the dict with the arguments.
    pub span: Span,
    /// What makes it, as it is written.
    pub name: String,
    /// The function it is made in.
    pub function: Option<String>,
    /// Whether the arguments have the names that a pool has for them, not those of an engine.
    pub of_pool: bool,
    /// What is known of the pool beside its arguments.
    pub sort: Sort,
    /// The arguments that limit it.
    pub settings: Vec<Setting>,
    /// Whether there may be more of them: `**options`.
    pub open: bool,
    /// Whether they are the entries of a dict.
    pub is_dict: bool,
    /// Everything between the brackets, as spans of arguments or entries.
    pub items: Vec<Span>,
}

/// What is known of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// It has a limit: the URL leads to another machine, or the class is named.
    Limited,
    /// Nobody knows where the URL leads.
    Unknown,
}

/// One argument.
#[derive(Debug)]
pub struct Setting {
    /// The name that an engine has for it.
    pub name: &'static str,
    /// Its value.
    pub value: Span,
    /// What that is; a truth is 0 or 1.
    pub number: Option<f64>,
    /// The name that stands for the value; nothing for a literal.
    pub by: Option<String>,
}

/// Where a URL leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Url {
    Local,
    Network,
    Unknown,
}

/// Finds all pools of a file.
pub fn pools(ctx: &Context<'_>) -> Vec<Pooled> {
    let urls = urls_beside(ctx);
    let mut found = Vec::new();
    for stmt in &ctx.module.stmts {
        let scope = ctx.scopes.of_stmt(ctx.module, stmt.id);
        let look = Look { ctx, scope };
        walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Call { func, args } = &expr.kind {
                found.extend(look.call(expr, func, args));
            }
            for (name, value) in named_values(expr) {
                if POOLING.options.contains(name) {
                    found.extend(look.options(name, value, &urls, stmt.block));
                }
            }
        });
        for (name, value) in assigned(stmt) {
            if POOLING.options.contains(name) {
                found.extend(look.options(name, value, &urls, stmt.block));
            }
        }
    }
    found
}

/// What a call or a dict names by a keyword or a key.
fn named_values(expr: &Expr) -> Vec<(&str, &Expr)> {
    match &expr.kind {
        ExprKind::Call { args, .. } => {
            let args = args.iter();
            args.filter_map(|arg| Some((arg.keyword.as_deref()?, &arg.value)))
                .collect()
        }
        _ => {
            let entries = expr.entries().into_iter();
            entries
                .filter_map(|(key, value)| Some((text_of(key)?, value)))
                .collect()
        }
    }
}

/// What a statement assigns to a name, or to an item (`app.config["NAME"] = ...`).
fn assigned(stmt: &Stmt) -> Vec<(&str, &Expr)> {
    let (targets, value) = match &stmt.kind {
        StmtKind::Assign { targets, value } => (targets.iter().collect(), value),
        StmtKind::AnnAssign {
            target,
            value: Some(value),
            ..
        } => (vec![target], value),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for target in targets {
        let name = match &target.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            ExprKind::Subscript { index, .. } => index.first().and_then(text_of),
            _ => None,
        };
        found.extend(name.map(|name| (name, value)));
    }
    found
}

fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Str(Some(text)) => Some(text),
        _ => None,
    }
}

/// The URLs that stand beside options, with the block they stand in.
fn urls_beside(ctx: &Context<'_>) -> Vec<(BlockId, Url)> {
    let mut found = Vec::new();
    for stmt in &ctx.module.stmts {
        let scope = ctx.scopes.of_stmt(ctx.module, stmt.id);
        let look = Look { ctx, scope };
        let mut all = assigned(stmt);
        walk_exprs(stmt, &mut |expr| all.extend(named_values(expr)));
        let urls = all
            .into_iter()
            .filter(|(name, _)| POOLING.urls.contains(*name));
        found.extend(urls.map(|(_, value)| (stmt.block, look.url(value))));
    }
    found
}

/// One statement.
struct Look<'l, 'a> {
    ctx: &'l Context<'a>,
    scope: ScopeId,
}

impl Look<'_, '_> {
    fn call(&self, expr: &Expr, func: &Expr, args: &[Arg]) -> Option<Pooled> {
        let dotted = self.ctx.names.dotted(func, self.scope)?;
        let of_pool = POOLING.queues.contains(&dotted);
        let name = func.span.of(self.ctx.text);
        // Its arguments stand elsewhere.
        let from_elsewhere = name.ends_with("_from_config");
        if !(of_pool || POOLING.engines.contains(&dotted)) || from_elsewhere {
            return None;
        }
        let keyed = args
            .iter()
            .filter_map(|arg| Some((arg.keyword.as_deref()?, &arg.value)));
        let mut settings = self.settings(keyed.clone(), of_pool);
        if of_pool {
            settings.extend(self.placed(args));
        }
        let sort = match of_pool {
            true => Sort::Limited,
            false => {
                let url = args
                    .iter()
                    .find(|arg| arg.keyword.as_deref().is_none_or(|name| name == "url"))?;
                self.sort(keyed, || self.url(&url.value))?
            }
        };
        let open = args.iter().any(|arg| arg.stars > 0);
        Some(Pooled {
            span: expr.span,
            name: name.to_owned(),
            function: self.ctx.function(self.scope),
            of_pool,
            sort,
            settings,
            open,
            is_dict: false,
            items: args.iter().map(|arg| self.ctx.whole(arg)).collect(),
        })
    }

    /// The arguments of an engine that stand in a dict.
    fn options(
        &self,
        name: &str,
        value: &Expr,
        urls: &[(BlockId, Url)],
        block: BlockId,
    ) -> Option<Pooled> {
        let ExprKind::Dict(parts) = &value.kind else {
            return None;
        };
        let beside: Vec<Url> = urls
            .iter()
            .filter(|(other, _)| *other == block)
            .map(|(_, url)| *url)
            .collect();
        let all = || urls.iter().map(|(_, url)| *url).collect();
        let beside: Vec<Url> = if beside.is_empty() { all() } else { beside };
        let url = match beside.as_slice() {
            [first, rest @ ..] if rest.iter().all(|url| url == first) => *first,
            _ => Url::Unknown,
        };
        let entries = value.entries();
        let keyed = entries
            .iter()
            .filter_map(|(key, value)| Some((text_of(key)?, *value)));
        let starred = |part: &&Expr| matches!(part.kind, ExprKind::Starred(_));
        let starred: Vec<Span> = parts
            .iter()
            .filter(starred)
            .map(|part| part.outer)
            .collect();
        let mut items: Vec<Span> = entries
            .iter()
            .map(|(key, value)| Span::new(key.outer.start, value.outer.end))
            .collect();
        let known = entries.iter().all(|(key, _)| text_of(key).is_some());
        items.extend(&starred);
        items.sort_unstable();
        Some(Pooled {
            span: value.span,
            name: name.to_owned(),
            function: self.ctx.function(self.scope),
            of_pool: false,
            sort: self.sort(keyed.clone(), || url)?,
            settings: self.settings(keyed, false),
            open: !known || !starred.is_empty(),
            is_dict: true,
            items,
        })
    }

    /// What sort of pool an engine with these arguments has; nothing, if it has none with a limit.
    fn sort<'e>(
        &self,
        keyed: impl Iterator<Item = (&'e str, &'e Expr)>,
        url: impl FnOnce() -> Url,
    ) -> Option<Sort> {
        let mut is_limited = false;
        for (name, value) in keyed {
            if POOLING.settled.contains(name) {
                return None;
            }
            if name == POOLING.class {
                let class = self.ctx.names.dotted(value, self.scope)?;
                is_limited = POOLING.queues.contains(&class);
                if !is_limited {
                    return None;
                }
            }
        }
        match url() {
            Url::Local => None,
            Url::Network => Some(Sort::Limited),
            Url::Unknown if is_limited => Some(Sort::Limited),
            Url::Unknown => Some(Sort::Unknown),
        }
    }

    fn settings<'e>(
        &self,
        keyed: impl Iterator<Item = (&'e str, &'e Expr)>,
        of_pool: bool,
    ) -> Vec<Setting> {
        let known = |keyword: &str| {
            let mut all = POOLING.arguments.iter();
            all.find(|(name, one)| match of_pool {
                true => one.of_pool == keyword,
                false => *name == keyword,
            })
        };
        keyed
            .filter_map(|(keyword, value)| {
                let (name, _) = known(keyword)?;
                Some(self.setting(name, value))
            })
            .collect()
    }

    /// The arguments of a pool that have no keyword.
    fn placed(&self, args: &[Arg]) -> Vec<Setting> {
        let plain = args
            .iter()
            .take_while(|arg| arg.keyword.is_none() && arg.stars == 0);
        plain
            .enumerate()
            .filter_map(|(place, arg)| {
                let mut all = POOLING.arguments.iter();
                let (name, _) = all.find(|(_, one)| one.place == Some(place))?;
                Some(self.setting(name, &arg.value))
            })
            .collect()
    }

    fn setting(&self, name: &'static str, value: &Expr) -> Setting {
        let literal = number(value, self.ctx.text);
        let by_name = || {
            let (names, constant) = self.ctx.names.constant(value, self.scope)?;
            number(constant, names.text)
        };
        let by = literal
            .is_none()
            .then(|| value.span.of(self.ctx.text).to_owned());
        Setting {
            name,
            value: value.outer,
            number: literal.or_else(by_name),
            by,
        }
    }

    /// Where a URL leads, as far as its beginning says.
    fn url(&self, expr: &Expr) -> Url {
        match &expr.kind {
            ExprKind::Str(_) | ExprKind::FString(_) => {
                let literal = expr.span.of(self.ctx.text);
                of_scheme(literal.split_once("://").map_or("", |(scheme, _)| scheme))
            }
            ExprKind::Binary { left, .. } => self.url(left),
            ExprKind::Call { func, args } => match &func.kind {
                ExprKind::Attribute { value, attr } if attr == "format" => self.url(value),
                _ => {
                    let dotted = self.ctx.names.dotted(func, self.scope);
                    let first = args.first().filter(|arg| {
                        arg.keyword
                            .as_deref()
                            .is_none_or(|name| name == "drivername")
                    });
                    match (dotted, first) {
                        (Some(dotted), Some(arg)) if POOLING.url_makers.contains(&dotted) => {
                            let scheme = text_of(&arg.value).unwrap_or_default();
                            of_scheme(scheme.split("://").next().unwrap_or_default())
                        }
                        _ => Url::Unknown,
                    }
                }
            },
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                let constant = self.ctx.names.constant(expr, self.scope);
                match constant {
                    // One step is enough, and ends.
                    Some((names, value))
                        if matches!(value.kind, ExprKind::Str(_) | ExprKind::FString(_)) =>
                    {
                        let literal = value.span.of(names.text);
                        of_scheme(literal.split_once("://").map_or("", |(scheme, _)| scheme))
                    }
                    _ => Url::Unknown,
                }
            }
            _ => Url::Unknown,
        }
    }
}

/// Where a URL leads that begins so: `f"postgresql+psycopg2`.
fn of_scheme(beginning: &str) -> Url {
    let quote = beginning.rfind(['"', '\'']).map_or(0, |quote| quote + 1);
    let dialect = beginning[quote..].split('+').next().unwrap_or_default();
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    match dialect {
        "" => Url::Unknown,
        dialect if !dialect.chars().all(is_word) => Url::Unknown,
        dialect if POOLING.local.contains(dialect) => Url::Local,
        _ => Url::Network,
    }
}

/// The value of a literal; a truth is 0 or 1.
fn number(expr: &Expr, text: &str) -> Option<f64> {
    match &expr.kind {
        ExprKind::True => Some(1.0),
        ExprKind::False => Some(0.0),
        ExprKind::Number => expr.span.of(text).replace('_', "").parse().ok(),
        ExprKind::Unary(inner) if expr.span.of(text).starts_with('-') => {
            number(inner, text).map(|number| -number)
        }
        _ => None,
    }
}
