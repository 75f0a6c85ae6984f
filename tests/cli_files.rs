//! Files that make trouble: they are named, and the others are done.
#![allow(clippy::unwrap_used)]

mod cli_support;

use std::fs;

use cli_support::Place;

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_done() {
    let place = Place::new();
    place.write("a.py", "x = 1\n");
    place.write("binary.py", b"\x7fELF\0\0\0");
    place.write("latin.py", b"x = '\xe9'\n");
    place.write("odd.py", "# coding: klingon\n");
    let complaints = "unleak: missing: No such file or directory\n\
                      unleak: binary.py: not a text file: it holds NUL bytes\n\
                      unleak: latin.py: not valid UTF-8\n\
                      unleak: odd.py: unknown encoding 'klingon'\n";
    place
        .run(&["check", ".", "missing"])
        .is(2, "No leaks found in 1 file\n", complaints);
    place
        .run(&["fix", "missing", ".", "-q"])
        .is(2, "", complaints);
    place
        .run(&["diff", "missing", ".", "-q"])
        .is(2, "", complaints);
    place
        .run(&["check", ".", "--exclude", "*[!a].py", "--exclude", "a.py"])
        .is(0, "", "unleak: no Python files there\n");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let path = place.write("secret.py", "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    place
        .run_as_nobody(&["check", "-q"])
        .is(2, "", "unleak: secret.py: Permission denied\n");
}

#[cfg(unix)]
#[test]
fn a_loop_of_directories_ends() {
    let place = Place::new();
    place.write("a/b/c.py", "");
    std::os::unix::fs::symlink("..", place.path("a/b/up")).unwrap();
    std::os::unix::fs::symlink("self", place.path("a/self")).unwrap();
    place
        .run(&["check"])
        .is(0, "No leaks found in 1 file\n", "");
    let looped = place.run(&["check", "a/self"]);
    assert_eq!(looped.code, 2);
    assert!(
        looped.stderr.starts_with("unleak: a/self: "),
        "{}",
        looped.stderr
    );
}

#[test]
fn size_and_depth_are_no_trouble() {
    let place = Place::new();
    place.write(
        "big.py",
        "x = 1  # nothing to see here, only a long file\n".repeat(1 << 20),
    );
    place.write(
        "deep.py",
        format!("x = {}{}\n", "(".repeat(10_000), ")".repeat(10_000)),
    );
    place.write("line.py", format!("x = [{}]\n", "1, ".repeat(1 << 18)));
    let ran = place.run(&["check"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "No leaks found in 3 files\n")
    );
    assert!(!ran.stderr.contains("internal error"), "{}", ran.stderr);
}

#[test]
fn thousands_of_files_come_out_in_order() {
    let place = Place::new();
    for number in 0..1000 {
        place.write(&format!("d{}/f{number:04}.py", number % 7), b"\0");
    }
    let ran = place.run(&["check"]);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!((ran.code, lines.len()), (2, 1000));
    assert!(lines.is_sorted(), "{}", ran.stderr);
    assert_eq!(ran.stderr, place.run(&["check", "d6", ".", "d0"]).stderr);
}

#[test]
fn gitignore_is_kept_to() {
    let place = Place::new();
    place.write("a.py", "");
    place.write("gen/b.py", b"\0");
    place.write(".gitignore", "gen/\n");
    place
        .run(&["check"])
        .is(0, "No leaks found in 1 file\n", "");
    assert_eq!(place.run(&["check", "gen/b.py"]).code, 2);
}
