//! Which names are bound where.
use unleak::syntax::*;

const TEXT: &str = "\
import a.b, c.d as e
from ..m import n as o, p
from q import *
X: int
Y: int = 1
def outer(x, *args, k=(w := 1), **kw):
    global G
    G = 1
    t = [z := i for i in x]
    u, (v, *r) = l[0] = t
    def inner():
        nonlocal t
        t += 1
        yield x
    class Local:
        t = 3
        def method(self): return t
    f = lambda j: (yield)
    for h, _ in t: del h
    with open(x) as s, y as (s1, s2), z as s3.s4: pass
    try: pass
    except E as err: pass
    match x:
        case [m1, *m2]: pass
    return later
    later = 1
async def agen():
    await x
    return [(yield)]
class Dash(Base):
    size = 1
    async def render(self): size
type Alias = int
";

fn scopes() -> (Module, Scopes) {
    let module = parse(TEXT);
    assert!(module.errors.is_empty(), "{:?}", module.errors);
    let scopes = Scopes::build(&module);
    (module, scopes)
}

fn named<'s>(scopes: &'s Scopes, name: &str) -> &'s Scope {
    scopes
        .list
        .iter()
        .find(|scope| scope.name == name)
        .expect("a scope of that name")
}

fn kinds(scope: &Scope, name: &str) -> Vec<BindingKind> {
    scope.bindings.get(name).map_or(vec![], |all| {
        all.iter().map(|binding| binding.kind.clone()).collect()
    })
}

#[test]
fn scopes_are_found() {
    let (module, scopes) = scopes();
    let found: Vec<_> = scopes
        .list
        .iter()
        .map(|s| (s.name.as_str(), s.kind, s.is_async, s.is_generator))
        .collect();
    let expected = [
        ("", ScopeKind::Module, false, false),
        ("outer", ScopeKind::Function, false, false),
        ("outer.inner", ScopeKind::Function, false, true),
        ("outer.Local", ScopeKind::Class, false, false),
        ("outer.Local.method", ScopeKind::Function, false, false),
        ("agen", ScopeKind::Function, true, true),
        ("Dash", ScopeKind::Class, false, false),
        ("Dash.render", ScopeKind::Function, true, false),
    ];
    assert_eq!(found, expected);
    for scope in &scopes.list {
        assert_eq!(scopes.of_block(scope.body), scope.id);
        assert_eq!(
            scope.stmt.map(|stmt| scopes.of_stmt(&module, stmt)),
            scope.parent
        );
        assert!(!scope.has_error);
    }
}

#[test]
fn bindings_are_found() {
    let (module, scopes) = scopes();
    let top = &scopes.list[0];
    assert_eq!(kinds(top, "a"), [BindingKind::Import { path: "a".into() }]);
    assert_eq!(
        kinds(top, "e"),
        [BindingKind::Import { path: "c.d".into() }]
    );
    let from = |name: &str| BindingKind::ImportFrom {
        level: 2,
        module: "m".into(),
        name: name.into(),
    };
    assert_eq!(kinds(top, "o"), [from("n")]);
    assert_eq!(kinds(top, "p"), [from("p")]);
    let stars: Vec<_> = scopes
        .star_imports
        .iter()
        .map(|(_, level, module)| (*level, module.as_str()))
        .collect();
    assert_eq!(stars, [(0, "q")]);
    for (name, kind) in [
        ("X", BindingKind::Annotation),
        ("Y", BindingKind::Assign),
        ("outer", BindingKind::Function),
        ("w", BindingKind::Walrus),
        ("G", BindingKind::Assign),
        ("Dash", BindingKind::Class),
        ("Alias", BindingKind::TypeAlias),
    ] {
        assert_eq!(kinds(top, name), [kind], "{name}");
    }
    let outer = named(&scopes, "outer");
    for (name, expected) in [
        ("x", vec![BindingKind::Param(0)]),
        ("args", vec![BindingKind::Param(1)]),
        ("kw", vec![BindingKind::Param(3)]),
        ("t", vec![BindingKind::Assign, BindingKind::AugAssign]),
        ("z", vec![BindingKind::Walrus]),
        ("v", vec![BindingKind::Unpack]),
        ("r", vec![BindingKind::Unpack]),
        ("h", vec![BindingKind::For, BindingKind::Del]),
        ("_", vec![BindingKind::For]),
        ("s", vec![BindingKind::With(0)]),
        ("s2", vec![BindingKind::Unpack]),
        ("err", vec![BindingKind::Except]),
        ("m1", vec![BindingKind::Match]),
        ("m2", vec![BindingKind::Match]),
        ("inner", vec![BindingKind::Function]),
        ("Local", vec![BindingKind::Class]),
        ("i", vec![]),
        ("j", vec![]),
        ("l", vec![]),
        ("s3", vec![]),
        ("G", vec![]),
        ("w", vec![]),
    ] {
        assert_eq!(kinds(outer, name), expected, "{name}");
    }
    assert!(named(&scopes, "outer.inner").bindings.is_empty());
    let stmt = outer.bindings["s"][0].stmt.expect("a statement");
    assert!(matches!(module.stmt(stmt).kind, StmtKind::With { .. }));
}

#[test]
fn names_resolve() {
    let (_, scopes) = scopes();
    for (from, name, expected) in [
        ("outer", "t", Some("outer")),
        ("outer", "later", Some("outer")),
        ("outer", "G", Some("")),
        ("outer", "open", None),
        ("outer.inner", "t", Some("outer")),
        ("outer.inner", "x", Some("outer")),
        ("outer.inner", "G", Some("")),
        ("outer.Local", "t", Some("outer.Local")),
        ("outer.Local.method", "t", Some("outer")),
        ("Dash.render", "size", None),
        ("Dash.render", "Dash", Some("")),
        ("Dash", "size", Some("Dash")),
        ("agen", "x", None),
    ] {
        let found = scopes
            .resolve(named(&scopes, from).id, name)
            .map(|id| scopes.scope(id).name.as_str());
        assert_eq!(found, expected, "{name} in {from}");
    }
}

#[test]
fn errors_are_told() {
    let module =
        parse("def a():\n    def b():\n        x = = 1\n    def c(): pass\ndef d(): pass\n");
    let scopes = Scopes::build(&module);
    let broken: Vec<_> = scopes
        .list
        .iter()
        .filter(|s| s.has_error)
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(broken, ["", "a", "a.b"]);
}

#[test]
fn global_in_a_class_and_through_functions() {
    let module = parse(
        "def f():\n    global g\n    def h(): return g\nclass C:\n    global k\n    k = 1\n    def m(self): k\n",
    );
    let scopes = Scopes::build(&module);
    assert_eq!(scopes.resolve(named(&scopes, "f.h").id, "g"), None);
    assert_eq!(
        scopes.resolve(named(&scopes, "C.m").id, "k"),
        Some(ScopeId(0))
    );
    assert_eq!(kinds(&scopes.list[0], "k"), [BindingKind::Assign]);
}
