//! One file, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::folder::sync_folder;

/// How the names of files begin that are being written.
const MARK: &str = ".vigie-writing-";

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
/// made. What a killed writer left beside it is taken away.
///
/// # Errors
///
/// When the system refuses. What was there before is then untouched.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let failed = |what: &str| {
        let doing = format!("{what} `{}`", path.display());
        move |source| FileError { doing, source }
    };
    // through a link, so that the link stays one
    let path: PathBuf = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
    if path.is_dir() {
        return Err(failed("write")(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    sweep(folder);
    let write = || -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(MARK);
        // as any other file: the default of temporary files is for their maker alone
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut temporary = builder.tempfile_in(folder)?;
        temporary.as_file().lock()?;
        temporary.write_all(content)?;
        temporary.as_file().sync_all()?;
        Ok(temporary)
    };
    let temporary = write().map_err(failed("write"))?;
    temporary.persist(&path).map_err(|error| failed("put in place")(error.error))?;
    sync_folder(folder).map_err(|_| failed("flush the folder of")(io::Error::last_os_error()))
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
