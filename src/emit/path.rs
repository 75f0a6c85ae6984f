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
