//! Writing a file so that it is whole at every moment: a temporary file beside it, then a rename.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use crate::discover::reason;

/// Held by everyone who writes, and alone by who ends the process in the middle of it all.
static WRITING: RwLock<()> = RwLock::new(());

/// Waits until no file is being written, and lets nobody begin until what it gives is dropped: whoever ends the process
/// then leaves no temporary file behind.
pub fn pause() -> impl Drop {
    WRITING.write().unwrap_or_else(PoisonError::into_inner)
}

/// Replaces what is in `path`, if it still holds `old`, by `new`. Its mode stays; a symbolic link stays one, and the
/// file it leads to is written. The error is for people.
pub fn write(path: &Path, old: &[u8], new: &[u8]) -> Result<(), String> {
    let _writing = WRITING.read().unwrap_or_else(PoisonError::into_inner);
    // The rename must not go over the link.
    let real = fs::canonicalize(path).map_err(|error| reason(&error))?;
    let metadata = fs::metadata(&real).map_err(|error| reason(&error))?;
    if !metadata.is_file() {
        return Err("not an ordinary file".into());
    }
    // A rename asks only the directory; who may not write the file itself must not replace it either.
    OpenOptions::new()
        .append(true)
        .open(&real)
        .map_err(|error| format!("cannot be written: {}", reason(&error)))?;
    let parent = real.parent().unwrap_or(Path::new("."));
    let beside = |error: io::Error| {
        format!(
            "cannot write a temporary file beside it: {}",
            reason(&error)
        )
    };
    let mut temporary = tempfile::Builder::new()
        .prefix(".unleak-")
        .suffix(".tmp")
        .tempfile_in(parent)
        .map_err(beside)?;
    temporary.write_all(new).map_err(beside)?;
    keep_owner(temporary.as_file(), &metadata);
    temporary
        .as_file()
        .set_permissions(metadata.permissions())
        .map_err(beside)?;
    // As late as can be: an editor may have saved it since it was read.
    if fs::read(&real).map_err(|error| reason(&error))? != old {
        return Err("changed on disk in the meantime, left as it is".into());
    }
    temporary
        .persist(&real)
        .map_err(|error| format!("cannot be replaced: {}", reason(&error.error)))?;
    Ok(())
}

/// Makes a file at `path` that holds `text`; where a link leads to nothing yet, there. The error is for people.
pub fn create(path: &Path, text: &[u8]) -> Result<(), String> {
    let _writing = WRITING.read().unwrap_or_else(PoisonError::into_inner);
    let beside = |path: &Path| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let target = match fs::read_link(path) {
        Ok(to) => beside(path).join(to),
        Err(_) => path.to_path_buf(),
    };
    let made = || -> io::Result<()> {
        let mut temporary = tempfile::Builder::new();
        temporary.prefix(".unleak-").suffix(".tmp");
        // What the system takes away from this is the user's to say.
        #[cfg(unix)]
        temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut temporary = temporary.tempfile_in(beside(&target))?;
        temporary.write_all(text)?;
        temporary
            .persist_noclobber(&target)
            .map_err(|error| error.error)?;
        Ok(())
    };
    made().map_err(|error| format!("cannot be written: {}", reason(&error)))
}

/// For root, who works on other people's files. Others may not, and need not.
#[cfg(unix)]
fn keep_owner(file: &fs::File, metadata: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.py");
        fs::write(&path, "old").unwrap();
        write(&path, b"old", b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_changed_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.py");
        fs::write(&path, "newer").unwrap();
        let error = write(&path, b"old", b"new").unwrap_err();
        assert_eq!(error, "changed on disk in the meantime, left as it is");
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(
            write(dir.path(), b"", b"new").unwrap_err(),
            "not an ordinary file"
        );
        assert_eq!(
            write(&dir.path().join("none"), b"", b"new").unwrap_err(),
            "No such file or directory"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_made_where_a_link_leads() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link.json");
        std::os::unix::fs::symlink("new.json", &link).unwrap();
        create(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(dir.path().join("new.json")).unwrap(), b"new");
        let error = create(&dir.path().join("new.json"), b"other").unwrap_err();
        assert_eq!(error, "cannot be written: File exists");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("deep/a.py"), dir.path().join("link.py"));
        fs::create_dir(dir.path().join("deep")).unwrap();
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o754)).unwrap();
        fs::hard_link(&target, dir.path().join("hard.py")).unwrap();
        symlink("deep/a.py", &link).unwrap();
        write(&link, b"old", b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&target).unwrap().permissions().mode() & 0o7777,
            0o754
        );
        // The other name of a hard link keeps the old contents, as with git.
        assert_eq!(fs::read(dir.path().join("hard.py")).unwrap(), b"old");
    }
}
