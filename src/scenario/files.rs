//! Where the texts of a scenario come from.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Component, Path, PathBuf};

/// The largest scenario file that is read.
pub const LARGEST_FILE_BYTES: u64 = 1 << 20;

/// Opens the files of a scenario by their path relative to its folder, with `/` between the parts. The reader of
/// scenarios does no input of its own, so that tests and programs may keep scenarios in memory.
pub trait Files {
    /// Opens a file to read it once.
    ///
    /// # Errors
    ///
    /// When there is no such file, it lies outside the folder, or it cannot be read; the text says why.
    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, FileError>;
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    NotFound,
    /// The path, or what it links to, lies outside the scenario's folder.
    Outside,
    /// It is a folder, or something else that is not a file.
    NotAFile,
    /// The system's reason.
    Unreadable(String),
}

/// The files of a folder and below.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// Files in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory(pub BTreeMap<String, String>);

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::Outside => f.write_str("it lies outside the scenario's folder"),
            Self::NotAFile => f.write_str("it is not a file"),
            Self::Unreadable(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for FileError {}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

impl Folder {
    /// The folder that a scenario lies in.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { root: if root.as_os_str().is_empty() { PathBuf::from(".") } else { root } }
    }
}

impl Files for Folder {
    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, FileError> {
        if !is_below(path) {
            return Err(FileError::Outside);
        }
        let root = fs::canonicalize(&self.root)?;
        let full = fs::canonicalize(root.join(path))?;
        if !full.starts_with(&root) {
            return Err(FileError::Outside);
        }
        // opening a pipe or a device could wait forever
        if !fs::metadata(&full)?.is_file() {
            return Err(FileError::NotAFile);
        }
        Ok(Box::new(fs::File::open(full)?))
    }
}

impl Files for Memory {
    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, FileError> {
        let text = self.0.get(path).ok_or(FileError::NotFound)?;
        Ok(Box::new(Cursor::new(text.as_bytes())))
    }
}

/// Whether a path, as written, stays below where it starts.
pub(crate) fn is_below(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0', ':'])
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// A path written in one file, seen from the folder of the scenario.
pub(crate) fn relative_to(file: &str, path: &str) -> String {
    let path = path.trim_start_matches("./");
    match file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{path}"),
        None => path.to_owned(),
    }
}

/// Reads a whole text, unless it is too large; `shown` is what messages call it.
///
/// # Errors
///
/// A message, where the file cannot be read, is larger than [`LARGEST_FILE_BYTES`], or is not UTF-8; and what to do.
pub(crate) fn read_text(
    files: &dyn Files,
    path: &str,
    shown: &str,
) -> Result<String, (String, Option<&'static str>)> {
    let unreadable = |error: FileError| (format!("cannot read `{shown}`: {error}"), None);
    let file = files.open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.into()))?;
    if bytes.len() as u64 > LARGEST_FILE_BYTES {
        let message = format!("`{shown}` is larger than 1 MiB");
        return Err((message, Some("a scenario is short: put data into a trace file")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (format!("`{shown}` is not UTF-8 text (at byte {at})"), Some("save it as UTF-8"))
    })
}
