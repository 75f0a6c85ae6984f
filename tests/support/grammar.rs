//! Functions made from a small grammar: resources in every kind of block, released in many ways or not at all.

use super::dice::Dice;

const HEAD: &str = "import contextlib\nimport gzip\nimport sqlite3\nfrom concurrent.futures import ThreadPoolExecutor\n\nimport aiosqlite\nfrom sqlalchemy.orm import Session\n\nfrom app.db import engine, get_db\n\n";

const ACQUIRE: [&str; 14] = [
    "open(path)",
    "open(path, 'w')",
    "sqlite3.connect(path)",
    "Session(engine)",
    "get_db()",
    "engine.connect()",
    "ThreadPoolExecutor()",
    "gzip.open(path)",
    "open(  # a comment\n    path,\n    'w')",
    "(open(path))",
    "open(f'''\n{path}\n''')",
    "next(get_db())",
    "Session(engine).no_autoflush",
    "await aiosqlite.connect(path)",
];
const NAMES: [&str; 4] = ["s", "f", "conn", "other"];
const USE: [&str; 16] = [
    "@.write('one')",
    "@.execute('''select\n  1''').fetchone()",
    "rows = @.execute(path)",
    "total = len(@.read())  # how many",
    "do(@)",
    "@.commit()",
    "print(path)",
    "x = [line for line in @]",
    "path = path + 'x'; @.seek(0)",
    "@ = None",
    "self.n = @",
    "x = lambda: @",
    "del path",
    "pass",
    "# only a comment\nprint()",
    "yield @",
];
const RELEASE: [&str; 7] = [
    "@.close()",
    "@.close()  # done",
    "if @: @.close()",
    "if @ is not None:\n    @.close()",
    "with contextlib.suppress(Exception):\n    @.close()",
    "try:\n    @.close()\nexcept Exception:\n    pass",
    "await @.close()",
];

/// A module with some functions.
pub fn module(dice: &mut Dice) -> String {
    let mut text = match dice.below(4) {
        0 => format!("\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\n{HEAD}"),
        1 => HEAD.replace(
            "import contextlib\n",
            "from contextlib import contextmanager, suppress\n",
        ),
        _ => HEAD.to_owned(),
    };
    for number in 0..=dice.below(3) {
        let keyword = dice.of(&["def", "def", "async def"]);
        let decorator = dice.of(&["", "", "@contextlib.contextmanager\n"]);
        text += &format!("\n{decorator}{keyword} f{number}(self, path):\n");
        let count = 2 + dice.below(4);
        block(&mut text, dice, 1, count);
    }
    if dice.below(5) == 0 {
        text.truncate(text.trim_end().len());
    }
    text
}

/// Puts `lines` into the block at `depth`.
fn put(text: &mut String, depth: usize, lines: &str) {
    for line in lines.split('\n') {
        *text += &format!("{}{line}\n", "    ".repeat(depth));
    }
}

fn block(text: &mut String, dice: &mut Dice, depth: usize, count: usize) {
    for _ in 0..count.max(1) {
        let name = dice.of(&NAMES);
        let named = |line: &str| line.replace('@', name);
        match dice.below(if depth > 4 { 8 } else { 14 }) {
            0 | 1 => {
                let what = dice.of(&ACQUIRE);
                let line = match dice.below(6) {
                    0 => format!("{name}: object = {what}"),
                    1 => format!("rows = {what}.read()"),
                    2 => format!("do({what})"),
                    _ => format!("{name} = {what}"),
                };
                put(text, depth, &line);
            }
            2..=4 => put(text, depth, &named(dice.of(&USE))),
            5 | 6 => put(text, depth, &named(dice.of(&RELEASE))),
            7 => put(
                text,
                depth,
                &named(dice.of(&[
                    "return @.read()",
                    "return",
                    "raise ValueError(path)",
                    "return @",
                ])),
            ),
            8 | 9 => {
                let what = dice.of(&ACQUIRE);
                put(text, depth, &format!("{name} = {what}\ntry:"));
                let count = 1 + dice.below(3);
                block(text, dice, depth + 1, count);
                if dice.below(3) == 0 {
                    put(text, depth, "except OSError as error:  # why");
                    block(text, dice, depth + 1, 1);
                }
                put(text, depth, "finally:");
                put(text, depth + 1, &named(dice.of(&RELEASE)));
                if dice.below(4) == 0 {
                    block(text, dice, depth + 1, 1);
                }
            }
            other => {
                let what = dice.of(&ACQUIRE);
                let heads = [
                    "if path:".to_owned(),
                    "for line in path:".to_owned(),
                    "while path:".to_owned(),
                    format!("with {what} as {name}:"),
                    format!("for line in {what}:"),
                ];
                put(text, depth, &heads[dice.below(heads.len())]);
                let count = 1 + dice.below(3);
                block(text, dice, depth + 1, count);
                if other == 13 && dice.below(2) == 0 {
                    // Not every header has an `else`; some of it should be no Python.
                    put(text, depth, "else:");
                    block(text, dice, depth + 1, 1);
                }
            }
        }
    }
}
