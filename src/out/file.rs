//! One file, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// How the names of files begin that are being written, and locked.
const MARK: &str = ".vigie-writing-";
/// How they begin before they are locked: nobody takes those away, because their writer may be about to lock them.
const UNLOCKED: &str = ".vigie-new-";

/// Why a file could not be written.
#[derive(Debug)]
pub struct FileError {
    /// What was being done, to what.
    doing: String,
    source: io::Error,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}: {}", self.doing, self.source)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Writes a file: whoever looks, at whatever moment, sees the old content or the new, complete. Folders above it are
/// made; what a killed writer left beside it is taken away; a file that was there keeps its permissions. What is no file, such
/// as a pipe or a device, is written into.
///
/// # Errors
///
/// When the system refuses. What was there before is then untouched.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let failed = |what: &str| {
        let doing = format!("{what} `{}`", path.display());
        move |source| FileError { doing, source }
    };
    let path = followed(path).map_err(failed("follow"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let open = OpenOptions::new().write(true).open(&path);
        return open.and_then(|mut open| open.write_all(content)).map_err(failed("write"));
    }
    sweep(folder);
    let temporary = staged(folder, content).map_err(failed("write"))?;
    if let Some(old) = old {
        temporary.as_file().set_permissions(old.permissions()).map_err(failed("write"))?;
    }
    temporary.persist(&path).map_err(|error| failed("put in place")(error.error))?;
    flush(folder).map_err(failed("flush the folder of"))
}

/// Flushes the names in a folder to the disk.
#[cfg(unix)]
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems open no folders; they order such writes by themselves.
#[cfg(not(unix))]
fn flush(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Where a link leads, though there may be nothing yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if !path.is_symlink() {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::other("too many links"))
}

/// The content in a file beside its place, flushed to the disk.
fn staged(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNLOCKED);
    // as any other file: the default of temporary files is for their maker alone
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = builder.tempfile_in(folder)?;
    // a file system without locks is no reason not to write: what is left there stays
    let _ = temporary.as_file().lock();
    let (file, unlocked) = temporary.into_parts();
    let name = unlocked.file_name().unwrap_or_default().to_string_lossy().replacen(UNLOCKED, MARK, 1);
    let locked = folder.join(name);
    fs::rename(&unlocked, &locked)?;
    let mut temporary = NamedTempFile::from_parts(file, TempPath::try_from_path(locked)?);
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Takes away what killed writers left: a living one holds a lock. What cannot be taken away does no harm.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_marked = entry.file_name().as_encoded_bytes().starts_with(MARK.as_bytes());
        if !is_marked || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        if File::open(entry.path()).is_ok_and(|left| left.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_what_the_killed_left_is_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/folder/baseline.json");
        write_file(&path, b"one").unwrap();
        fs::write(path.with_file_name(".vigie-writing-killed"), "hal").unwrap();
        let alive = File::create(path.with_file_name(".vigie-writing-alive")).unwrap();
        alive.lock().unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let names: Vec<_> =
            fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(path.with_file_name(".vigie-writing-alive").exists());
    }

    #[test]
    fn many_may_write_in_one_folder() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..6 {
                let path = dir.path().join(format!("{writer}.json"));
                scope.spawn(move || (0..60).for_each(|round| write_file(&path, &[round]).unwrap()));
            }
        });
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6);
    }

    /// Somebody who has the old file open goes on reading the old: it was not written into.
    #[test]
    fn the_old_content_is_never_touched() {
        use std::io::Read as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_file(&path, b"the old one").unwrap();
        let mut open = File::open(&path).unwrap();
        write_file(&path, b"new").unwrap();
        let mut seen = String::new();
        open.read_to_string(&mut seen).unwrap();
        assert_eq!((seen.as_str(), fs::read_to_string(&path).unwrap().as_str()), ("the old one", "new"));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_links_and_devices_stay() {
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        symlink("file", &link).unwrap();
        write_file(&link, b"one").unwrap();
        assert!(link.is_symlink() && fs::read_to_string(&file).unwrap() == "one");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        write_file(&link, b"two").unwrap();
        assert!(link.is_symlink() && fs::read_to_string(&file).unwrap() == "two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        write_file(Path::new("/dev/null"), b"three").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn what_cannot_be_written_is_said_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_file(dir.path(), b"x").unwrap_err().to_string();
        assert!(error.starts_with("cannot write `"), "{error}");
        let file = dir.path().join("file");
        fs::write(&file, "kept").unwrap();
        assert!(write_file(&file.join("below.json"), b"x").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }
}
