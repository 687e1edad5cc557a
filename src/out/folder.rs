//! The results folder: written whole, or not at all.
//!
//! Everything is written into a temporary folder beside the target and flushed to the disk; then the two change places
//! in one step, so that whoever looks, at whatever moment, sees the old results or the new, complete. What a killed
//! process left behind is taken away by the next one: its temporary folder holds a lock that nobody holds any more.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

/// Where the new results stand in the temporary folder.
const STAGED: &str = "results";
/// Where the old results stand for a moment, on file systems that cannot exchange two folders.
const REPLACED: &str = "replaced";
/// The lock that says the writer of a temporary folder is alive.
const LOCK: &str = "lock";
/// Files of a results folder, whichever verb wrote it.
const FILES: [&str; 9] = [
    "index.html",
    "manifest.json",
    "summary.json",
    "timeseries.csv",
    "comparison.json",
    "sweep.json",
    "sweep.csv",
    "sizing.json",
    "staffing.csv",
];
/// How the name of a temporary folder begins, after a dot and the name of the target.
const MARK: &str = ".vigie-writing-";

/// Why results could not be written. The text names the path and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum FolderError {
    /// The folder that is to hold the results does not exist.
    NoParent {
        /// The folder that is missing.
        parent: PathBuf,
    },
    /// There is a file where the folder should be.
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// There is a folder with something in it that `vigie` did not write.
    NotOurs {
        /// The path.
        path: PathBuf,
    },
    /// There are earlier results, and beside them something that `vigie` did not write.
    HoldsOthers {
        /// The path.
        path: PathBuf,
        /// What is not ours, relative to the path.
        other: PathBuf,
    },
    /// The path of a file would lead out of the folder.
    BadPath {
        /// The path.
        path: String,
    },
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl FolderError {
    /// Whether another folder would do: the system did not refuse, we did.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }
}

impl std::fmt::Display for FolderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoParent { parent } => {
                write!(
                    f,
                    "the folder `{}` does not exist: create it, or choose another place",
                    parent.display()
                )
            }
            Self::NotAFolder { path } => {
                write!(f, "`{}` is not a folder: remove it, or choose another place", path.display())
            }
            Self::NotOurs { path } => write!(
                f,
                "`{}` holds something other than results of vigie, so it is left alone: \
                 empty it, or choose another place",
                path.display()
            ),
            Self::HoldsOthers { path, other } => write!(
                f,
                "`{}` holds `{}`, which vigie did not write: move it away, or choose another place",
                path.display(),
                other.display()
            ),
            Self::BadPath { path } => write!(f, "`{path}` would lead out of the results folder"),
            Self::Io { doing, path, source } => write!(f, "cannot {doing} `{}`: {source}", path.display()),
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Writes the files, given as `(path relative to the folder, content)`, as the folder `dir`: whole or not at all.
///
/// A folder that exists is replaced only if it is empty or holds earlier results, a `manifest.json` whose `schema`
/// begins with `vigie.`, and no file or folder but those that we write.
///
/// # Errors
///
/// When the parent folder does not exist, a file or something not ours is in the way, a path leads out of the folder,
/// or the system refuses. What was there before is then untouched, and nothing new is left behind.
pub fn write_results(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<(), FolderError> {
    let target = Target::resolve(dir)?;
    target.check_replaceable()?;
    if let Some((bad, _)) = files.iter().find(|(path, _)| !stays_inside(path)) {
        return Err(FolderError::BadPath { path: bad.clone() });
    }
    target.sweep_abandoned();
    let (temporary, _lock) = target.make_temporary()?;
    let staged = temporary.path().join(STAGED);
    write_tree(&staged, files)?;
    // it may have changed while we wrote
    target.check_replaceable()?;
    target.swap_in(&staged, temporary.path())?;
    discard(&temporary.keep()).map_err(io_error("remove the temporary folder beside", &target.path))
}

/// Whether [`write_results`] could write to `dir` as things stand: asked before a long run, so that it is not in vain.
/// A parent folder that does not exist yet is no objection.
///
/// # Errors
///
/// When a file or something not ours is in the way, or the system refuses to look.
pub fn check_target(dir: &Path) -> Result<(), FolderError> {
    match Target::resolve(dir) {
        Ok(target) => target.check_replaceable(),
        Err(FolderError::NoParent { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where the results go: the path, free of links, of dots, and of doubts about its parent.
struct Target {
    path: PathBuf,
    parent: PathBuf,
    name: OsString,
}

impl Target {
    fn resolve(dir: &Path) -> Result<Self, FolderError> {
        // an existing folder is followed through links; of a new one only the parent can be
        let path = match fs::canonicalize(dir) {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let parent =
                    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let name = dir.file_name().ok_or_else(|| FolderError::NoParent { parent: dir.to_owned() })?;
                if fs::symlink_metadata(dir).is_ok() {
                    return Err(FolderError::NotAFolder { path: dir.to_owned() });
                }
                match fs::canonicalize(parent) {
                    Ok(parent) => parent.join(name),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        return Err(FolderError::NoParent { parent: parent.to_owned() });
                    }
                    Err(error) => return Err(io_error("open the folder", parent)(error)),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(FolderError::NotAFolder { path: dir.parent().unwrap_or(dir).to_owned() });
            }
            Err(error) => return Err(io_error("open the folder", dir)(error)),
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(FolderError::NotOurs { path });
        };
        if !parent.is_dir() {
            return Err(FolderError::NotAFolder { path: parent.to_owned() });
        }
        Ok(Self { parent: parent.to_owned(), name: name.to_owned(), path })
    }

    /// Whether nothing is there, or only what may be replaced.
    fn check_replaceable(&self) -> Result<(), FolderError> {
        let path = || self.path.clone();
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(io_error("look at", &self.path)(error)),
            Ok(found) if !found.is_dir() => return Err(FolderError::NotAFolder { path: path() }),
            Ok(_) => {}
        }
        let mut entries = fs::read_dir(&self.path).map_err(io_error("read the folder", &self.path))?;
        if entries.next().is_none() {
            return Ok(());
        }
        if !holds_our_manifest(&self.path) {
            return Err(FolderError::NotOurs { path: path() });
        }
        match first_not_ours(&self.path)? {
            None => Ok(()),
            Some(other) => Err(FolderError::HoldsOthers { path: path(), other }),
        }
    }

    /// How the names of this target's temporary folders begin.
    fn temporary_prefix(&self) -> OsString {
        let mut prefix = OsString::from(".");
        prefix.push(&self.name);
        prefix.push(MARK);
        prefix
    }

    /// A temporary folder with its lock held. Another writer that looks for abandoned ones may find it before the lock
    /// is held, and take it away: then it is made again.
    fn make_temporary(&self) -> Result<(TempDir, File), FolderError> {
        const ATTEMPTS: usize = 8;
        let mut attempt = 1;
        loop {
            let temporary = tempfile::Builder::new()
                .prefix(&self.temporary_prefix())
                .tempdir_in(&self.parent)
                .map_err(io_error("make a temporary folder in", &self.parent))?;
            match lock_in(temporary.path()) {
                Ok(lock) => return Ok((temporary, lock)),
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(io_error("lock the temporary folder", temporary.path())(error)),
            }
        }
    }

    /// Takes away the temporary folders of writers that were killed. One that cannot be taken away does no harm.
    fn sweep_abandoned(&self) {
        let prefix = self.temporary_prefix();
        let Ok(entries) = fs::read_dir(&self.parent) else { return };
        for entry in entries.filter_map(Result::ok) {
            let is_temporary = entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
            if is_temporary && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.sweep(&entry.path());
            }
        }
    }

    fn sweep(&self, temporary: &Path) {
        let Ok(lock) = File::open(temporary.join(LOCK)) else {
            // killed before it made its lock or after it removed it: there is nothing inside, or it stays
            let _ = fs::remove_dir(temporary);
            return;
        };
        if lock.try_lock().is_err() {
            return;
        }
        let replaced = temporary.join(REPLACED);
        // killed between taking the old results away and putting the new in their place: the old come back
        if replaced.is_dir() && !self.path.exists() && fs::rename(&replaced, &self.path).is_err() {
            return;
        }
        let _ = discard(temporary);
    }

    /// Puts the staged folder in the place of the target.
    fn swap_in(&self, staged: &Path, temporary: &Path) -> Result<(), FolderError> {
        let failed = || io_error("put the results in place at", &self.path);
        let is_new = !self.path.exists();
        if is_new {
            fs::rename(staged, &self.path).map_err(failed())?;
        } else if exchange(staged, &self.path).is_err() {
            // no exchange on this file system: two steps, undone if the second fails
            let replaced = temporary.join(REPLACED);
            fs::rename(&self.path, &replaced).map_err(failed())?;
            if let Err(error) = fs::rename(staged, &self.path) {
                fs::rename(&replaced, &self.path)
                    .map_err(io_error("put the old results back at", &self.path))?;
                return Err(failed()(error));
            }
        }
        sync_folder(&self.parent)
    }
}

fn holds_our_manifest(dir: &Path) -> bool {
    let Ok(text) = fs::read_to_string(dir.join("manifest.json")) else { return false };
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(&text) else { return false };
    manifest
        .get("schema")
        .and_then(serde_json::Value::as_str)
        .is_some_and(|schema| schema.starts_with("vigie."))
}

/// Whether a file of this path, relative to a results folder, is one that we write.
pub(super) fn is_ours(relative: &str) -> bool {
    match relative.strip_prefix("plots/") {
        Some(plot) => plot.strip_suffix(".svg").is_some_and(super::plots::is_ours),
        None => FILES.contains(&relative),
    }
}

/// The first thing in a results folder, by name, that we did not write: its path in the folder. Links are never ours.
fn first_not_ours(dir: &Path) -> Result<Option<PathBuf>, FolderError> {
    const PLOTS: &str = "plots";
    for inside in [Path::new(""), Path::new(PLOTS)] {
        let folder = dir.join(inside);
        if !folder.is_dir() {
            continue;
        }
        let read = || -> io::Result<Vec<(PathBuf, fs::FileType)>> {
            fs::read_dir(&folder)?
                .map(|entry| entry.and_then(|entry| Ok((inside.join(entry.file_name()), entry.file_type()?))))
                .collect()
        };
        let mut entries = read().map_err(io_error("read the folder", &folder))?;
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let is_ours = |(relative, kind): &(PathBuf, fs::FileType)| {
            let name = relative.to_str().unwrap_or_default().replace(std::path::MAIN_SEPARATOR, "/");
            if kind.is_dir() { name == PLOTS } else { kind.is_file() && is_ours(&name) }
        };
        if let Some((other, _)) = entries.into_iter().find(|entry| !is_ours(entry)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

fn stays_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Makes and holds the lock of a temporary folder; not found if somebody took the folder away before it was held.
fn lock_in(temporary: &Path) -> io::Result<File> {
    let path = temporary.join(LOCK);
    let lock = File::create(&path)?;
    lock.lock()?;
    fs::metadata(&path)?;
    Ok(lock)
}

/// Removes a temporary folder, its lock last: whoever is killed meanwhile leaves what the next writer takes away.
fn discard(temporary: &Path) -> io::Result<()> {
    for inside in [STAGED, REPLACED] {
        match fs::remove_dir_all(temporary.join(inside)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::remove_file(temporary.join(LOCK))?;
    fs::remove_dir(temporary)
}

fn write_tree(root: &Path, files: &[(String, Vec<u8>)]) -> Result<(), FolderError> {
    fs::create_dir(root).map_err(io_error("make the folder", root))?;
    let mut folders = std::collections::BTreeSet::from([root.to_owned()]);
    for (relative, content) in files {
        let path = root.join(relative);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io_error("make the folder", folder))?;
            folders.extend(folder.ancestors().take_while(|above| *above != root).map(Path::to_owned));
        }
        let mut file = File::create_new(&path).map_err(io_error("write", &path))?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(io_error("write", &path))?;
    }
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

/// Flushes the names in a folder to the disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), FolderError> {
    File::open(folder).and_then(|open| open.sync_all()).map_err(io_error("flush the folder", folder))
}

/// Other systems open no folders; they order such writes by themselves.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> Result<(), FolderError> {
    Ok(())
}

/// Lets two folders change places in one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
    let path = path.to_owned();
    move |source| FolderError::Io { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<(String, Vec<u8>)> {
        vec![
            ("manifest.json".to_owned(), br#"{"schema": "vigie.manifest/1"}"#.to_vec()),
            ("plots/queue.svg".to_owned(), text.as_bytes().to_vec()),
        ]
    }

    fn names_in(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn check_refused(dir: &Path, message: &str) {
        let error = write_results(dir, &files("new")).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn results_are_written_and_replaced_whole() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("january");
        write_results(&dir, &files("old")).unwrap();
        fs::write(dir.join("summary.json"), "not written this time").unwrap();
        write_results(&dir, &files("new")).unwrap();
        assert_eq!(fs::read_to_string(dir.join("plots/queue.svg")).unwrap(), "new");
        assert_eq!(names_in(&dir), ["manifest.json", "plots"]);
        assert_eq!(names_in(root.path()), ["january"], "no temporary folder stays");
    }

    #[test]
    fn an_empty_folder_may_be_filled() {
        let root = tempfile::tempdir().unwrap();
        write_results(root.path().join("a/../").join("b").as_path(), &files("new")).unwrap_err();
        let dir = root.path().join("empty");
        fs::create_dir(&dir).unwrap();
        write_results(&dir, &files("new")).unwrap();
        assert_eq!(names_in(root.path()), ["empty"]);
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("thesis");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("chapter1.txt"), "years of work").unwrap();
        check_refused(&dir, "holds something other than results of vigie");
        fs::write(dir.join("manifest.json"), r#"{"schema": "somebody.else/1"}"#).unwrap();
        check_refused(&dir, "holds something other than results of vigie");
        fs::write(dir.join("manifest.json"), "not json").unwrap();
        check_refused(&dir, "holds something other than results of vigie");
        assert_eq!(fs::read_to_string(dir.join("chapter1.txt")).unwrap(), "years of work");
        assert_eq!(names_in(root.path()), ["thesis"]);
    }

    #[test]
    fn what_others_put_beside_results_is_named_and_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("d1");
        write_results(&dir, &files("old")).unwrap();
        for other in ["mine.txt", "plots/mine.txt", "plots/mine.svg", "plots/index.html", "queue.svg"] {
            let mine = dir.join(other);
            fs::write(&mine, "years of work").unwrap();
            let said = format!("`{other}`, which vigie did not write: move it away");
            check_refused(&dir, &said);
            assert!(matches!(check_target(&dir), Err(FolderError::HoldsOthers { .. })), "{other}");
            assert_eq!(fs::read_to_string(&mine).unwrap(), "years of work");
            assert_eq!(fs::read_to_string(dir.join("plots/queue.svg")).unwrap(), "old");
            fs::remove_file(&mine).unwrap();
        }
        for folder in ["notes", "index.html", "plots/targets.svg"] {
            fs::create_dir(dir.join(folder)).unwrap();
            fs::write(dir.join(folder).join("index.html"), "mine").unwrap();
            check_refused(&dir, &format!("holds `{folder}`"));
            fs::remove_dir_all(dir.join(folder)).unwrap();
        }
        assert_eq!(names_in(root.path()), ["d1"], "nothing new is left behind");
        write_results(&dir, &files("new")).unwrap();
        assert_eq!(fs::read_to_string(dir.join("plots/queue.svg")).unwrap(), "new");
    }

    #[test]
    fn obstacles_are_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "a file").unwrap();
        check_refused(&file, "is not a folder");
        check_refused(&file.join("inside"), "is not a folder");
        check_refused(&root.path().join("missing/results"), "does not exist: create it");
        check_refused(Path::new("/"), "left alone");
        assert_eq!(names_in(root.path()), ["file"]);
    }

    #[test]
    fn a_path_cannot_lead_out() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("results");
        for bad in ["../escape", "/etc/escape", "", "a/../../b"] {
            let error = write_results(&dir, &[(bad.to_owned(), Vec::new())]).unwrap_err();
            assert!(matches!(error, FolderError::BadPath { .. }), "{bad}");
        }
        assert!(!dir.exists() && names_in(root.path()).is_empty());
    }

    #[test]
    fn a_failure_leaves_the_old_results() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("results");
        write_results(&dir, &files("old")).unwrap();
        // a file and a folder of one name: the second cannot be made
        let clash = vec![("plots".to_owned(), Vec::new()), ("plots/queue.svg".to_owned(), Vec::new())];
        assert!(matches!(write_results(&dir, &clash), Err(FolderError::Io { .. })));
        assert_eq!(fs::read_to_string(dir.join("plots/queue.svg")).unwrap(), "old");
        assert_eq!(names_in(root.path()), ["results"]);
    }

    #[test]
    fn what_a_killed_writer_left_is_swept_but_not_what_a_living_one_holds() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("results");
        let target = Target::resolve(&dir).unwrap();
        let (dead, lock) = target.make_temporary().unwrap();
        let dead = dead.keep();
        drop(lock);
        fs::create_dir(dead.join(REPLACED)).unwrap();
        fs::write(dead.join(REPLACED).join("manifest.json"), r#"{"schema": "vigie.manifest/1"}"#).unwrap();
        let (living, _lock) = target.make_temporary().unwrap();
        let stranger = root.path().join(".results.vigie-writing-by-hand");
        fs::create_dir(&stranger).unwrap();
        fs::write(stranger.join("notes.txt"), "not ours").unwrap();
        let hollow = root.path().join(".results.vigie-writing-barely-begun");
        fs::create_dir(&hollow).unwrap();

        target.sweep_abandoned();
        assert!(!dead.exists() && !hollow.exists() && living.path().exists() && stranger.exists());
        assert_eq!(names_in(&dir), ["manifest.json"], "the old results came back");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().join("real");
        fs::create_dir(&real).unwrap();
        let link = root.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_results(&link, &files("new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(real.join("manifest.json").exists());
        let dangling = root.path().join("dangling");
        std::os::unix::fs::symlink(root.path().join("nowhere"), &dangling).unwrap();
        check_refused(&dangling, "is not a folder");
        std::os::unix::fs::symlink(root.path(), real.join("index.html")).unwrap();
        check_refused(&real, "holds `index.html`");
    }
}
