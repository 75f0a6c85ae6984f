//! What holds for any text, Python or not.
use unleak::syntax::{Module, Span, tokens};

/// Every span lies where it should.
pub fn check_places(text: &str, module: &Module, path: &str) {
    let mut behind = 0;
    for stmt in &module.stmts {
        assert!(
            stmt.span.start >= behind,
            "{path}: {stmt:?} is out of order"
        );
        behind = stmt.span.start;
        let block = module.block(stmt.block);
        assert!(
            block.span.contains(stmt.span),
            "{path}: {stmt:?} is not in its block"
        );
        assert_eq!(block.stmts[stmt.index], stmt.id, "{path}");
        for expr in stmt.exprs() {
            expr.walk(&mut |expr| {
                assert!(expr.outer.contains(expr.span), "{path}: {expr:?}");
                for child in expr.children() {
                    assert!(
                        expr.span.contains(child.outer),
                        "{path}: {child:?} is not in {:?}",
                        expr.span
                    );
                }
                let around = [
                    Span::new(expr.outer.start, expr.span.start),
                    Span::new(expr.span.end, expr.outer.end),
                ];
                let parens = around.map(|span| span.of(text));
                assert!(
                    stmt.has_error || parens[0].is_empty() || parens[0].starts_with('('),
                    "{path}: {expr:?}"
                );
                assert!(
                    stmt.has_error || parens[1].is_empty() || parens[1].ends_with(')'),
                    "{path}: {expr:?}"
                );
                true
            });
        }
    }
    for block in module.blocks.iter().filter(|block| block.owner.is_some()) {
        assert!(block.header.end <= block.span.start, "{path}: {block:?}");
        assert!(
            module
                .stmt(block.owner.expect("checked"))
                .span
                .contains(block.header),
            "{path}: {block:?}"
        );
    }
    assert!(
        module
            .strings
            .windows(2)
            .all(|pair| pair[0].end <= pair[1].start),
        "{path}"
    );
    assert!(
        module
            .comments
            .iter()
            .all(|comment| comment.of(text).starts_with('#')),
        "{path}"
    );
}

/// Every byte that is not white space or a continued line's backslash belongs to one token.
pub fn check_tokens(text: &str, path: &str) {
    let mut rest = 0;
    for token in tokens(text) {
        assert!(
            token.span.start >= rest && token.span.end > token.span.start,
            "{path}: {token:?}"
        );
        check_gap(&text[rest..token.span.start], path);
        rest = token.span.end;
    }
    check_gap(&text[rest..], path);
}

fn check_gap(gap: &str, path: &str) {
    let gap = gap
        .replace("\\\r\n", "")
        .replace("\\\n", "")
        .replace("\\\r", "");
    let lost = gap.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    assert!(lost.is_empty(), "{path}: {lost:?} is in no token");
}
