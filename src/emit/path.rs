//! How paths are written.

use std::path::{Component, Path, PathBuf};

/// With `/` between its parts on every system.
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// For people: relative to the current directory where it lies below it.
pub fn shown(path: &Path) -> String {
    let below = std::env::current_dir()
        .ok()
        .and_then(|current| path.strip_prefix(current).ok().map(Path::to_path_buf));
    slashed(below.as_deref().unwrap_or(path))
}

/// On one line: what is no character to read is escaped.
pub fn printable(text: &str) -> String {
    let mut printable = String::new();
    for char in text.chars() {
        match char.is_control() {
            true => printable.extend(char.escape_default()),
            false => printable.push(char),
        }
    }
    printable
}

/// Relative to the current directory where it lies below it; the form patches need.
pub fn relative(path: &Path) -> PathBuf {
    let below = std::env::current_dir()
        .ok()
        .and_then(|current| path.strip_prefix(current).ok().map(Path::to_path_buf));
    let path = below.unwrap_or_else(|| path.to_path_buf());
    path.components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .collect()
}

/// The directory from which other systems take the paths of a report: the checkout, where GitHub or GitLab says which that
/// is, else the current directory.
pub fn root() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"]
        .iter()
        .filter_map(std::env::var_os)
        .filter_map(|path| std::fs::canonicalize(path).ok())
        .find(|checkout| here.starts_with(checkout))
        .unwrap_or(here)
}

/// The path for other systems: relative to `root` where it lies below it, without `.` and `..`.
pub fn located(path: &Path, root: &Path) -> PathBuf {
    let Ok(here) = std::env::current_dir() else {
        return path.to_path_buf();
    };
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    match whole.strip_prefix(root) {
        Ok(below) => below.to_path_buf(),
        Err(_) => whole,
    }
}

/// The path as a URI: relative where it is, percent-encoded.
pub fn uri(path: &Path) -> String {
    let mut uri = String::new();
    if path.is_absolute() {
        let drive = !path.as_os_str().as_encoded_bytes().starts_with(b"/");
        uri.push_str(if drive { "file:///" } else { "file://" });
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            byte if char::from(*byte) == std::path::MAIN_SEPARATOR => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// The path as git writes it in the headers of a patch, behind `prefix` (`a/` or `b/`): in quotes where it holds
/// anything but plain ASCII, and with a tab behind it where it holds a space.
pub fn patch_header(prefix: &str, path: &Path) -> String {
    let path = relative(path);
    let mut bytes = prefix.as_bytes().to_vec();
    for (index, part) in path.components().enumerate() {
        if index > 0 {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(part.as_os_str().as_encoded_bytes());
    }
    let mut name = String::new();
    for byte in &bytes {
        match byte {
            b'"' => name.push_str("\\\""),
            b'\\' => name.push_str("\\\\"),
            b'\n' => name.push_str("\\n"),
            b'\r' => name.push_str("\\r"),
            b'\t' => name.push_str("\\t"),
            b' '..=b'~' => name.push(char::from(*byte)),
            _ => name.push_str(&format!("\\{byte:03o}")),
        }
    }
    if name.len() != bytes.len() {
        format!("\"{name}\"")
    } else if name.contains(' ') {
        name + "\t"
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_for_others_are_plain() {
        let here = std::env::current_dir().unwrap();
        let at = |path: &str| slashed(&located(Path::new(path), &here));
        assert_eq!(at("./app/../app/db.py"), "app/db.py");
        assert_eq!(at("-"), "-");
        assert_eq!(at("/elsewhere/./x.py"), "/elsewhere/x.py");
        assert_eq!(at(&here.join("x.py").to_string_lossy()), "x.py");
        let above = here.parent().unwrap();
        let name = here.file_name().unwrap().to_string_lossy();
        let seen = slashed(&located(Path::new("x.py"), above));
        assert_eq!(seen, format!("{name}/x.py"));
    }

    #[test]
    fn uris_hold_no_other_characters() {
        let of = |path: &str| uri(Path::new(path));
        assert_eq!(of("app/my db.py"), "app/my%20db.py");
        assert_eq!(of("c:/ü#?%[(.py"), "c%3A/%C3%BC%23%3F%25%5B%28.py");
        assert_eq!(of("/elsewhere/x y.py"), "file:///elsewhere/x%20y.py");
    }

    #[test]
    fn headers_are_quoted_as_git_does() {
        let header = |path: &str| patch_header("a/", Path::new(path));
        assert_eq!(header("app/db.py"), "a/app/db.py");
        assert_eq!(header("./my app.py"), "a/my app.py\t");
        assert_eq!(header("na\u{ef}ve.py"), "\"a/na\\303\\257ve.py\"");
        assert_eq!(header("a\"b.py"), "\"a/a\\\"b.py\"");
        let here = std::env::current_dir().unwrap();
        assert_eq!(patch_header("b/", &here.join("x.py")), "b/x.py");
        assert_eq!(header("/elsewhere/x.py"), "a/elsewhere/x.py");
    }
}
