//! A scenario from which many are made, each with other values.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::diagnostic::Sources;
use super::files::{FileError, Files, Folder, Memory};
use super::{Changes, Factor, Level, LoadError, Scenario, load_from, place};

/// A scenario's files, each read once: all that is compiled from them is of one piece, though somebody edits the files
/// meanwhile.
///
/// ```
/// use vigie::scenario::{Factor, Variants};
///
/// let text = r#"
/// title    = "A desk"
/// start    = 2015-01-05
/// zone     = "Europe/Paris"
/// duration = "7 days"
/// classes  = ["fraud"]
///
/// [source.citizens]
/// rate = "20/h"
/// to   = "triage"
///
/// [stage.triage]
/// team = "desk"
/// work = { exponential = { mean = "4min" } }
/// to   = { removed = 0.3, kept = 0.7 }
///
/// [team.desk]
/// staff = 2
/// "#;
/// let variants = Variants::of_text("desk.toml", text);
/// let factors = Factor::parse_all(&["team.desk.staff=2..4".to_owned()])?;
/// let factor = &factors[0];
/// for idx in 0..factor.n_levels().expect("whole numbers") {
///     let level = factor.level(idx);
///     let scenario = variants.compile(&[(factor, &level)])?;
///     assert_eq!(scenario.plan.teams[0].name, "desk");
/// }
/// # Ok::<(), vigie::scenario::LoadError>(())
/// ```
#[derive(Debug)]
pub struct Variants {
    files: Remembered,
    file: String,
    prefix: String,
    sets: Vec<String>,
}

impl Variants {
    /// The scenario of a file, with values that every variant has.
    ///
    /// # Errors
    ///
    /// When the path does not name a file. What is wrong inside shows when a variant is compiled.
    pub fn open(path: &Path, sets: &[String]) -> Result<Self, LoadError> {
        let (folder, file, prefix) = place(path)?;
        Ok(Self { files: Remembered::new(Inner::Folder(folder)), file, prefix, sets: sets.to_vec() })
    }

    /// The scenario of a text.
    pub fn of_text(name: &str, text: &str) -> Self {
        let memory = Memory([(name.to_owned(), text.to_owned())].into());
        Self {
            files: Remembered::new(Inner::Memory(memory)),
            file: name.to_owned(),
            prefix: String::new(),
            sets: Vec::new(),
        }
    }

    /// The scenario with these levels of factors.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn compile(&self, levels: &[(&Factor, &Level)]) -> Result<Scenario, LoadError> {
        let changes = Changes { sets: &self.sets, levels };
        load_from(&self.files, &self.file, changes, Sources::below(self.prefix.clone()))
    }
}

/// What reading a file gave.
type Bytes = Result<Arc<[u8]>, FileError>;

/// Files that are read once.
#[derive(Debug)]
struct Remembered {
    inner: Inner,
    known: Mutex<BTreeMap<String, Bytes>>,
}

#[derive(Debug)]
enum Inner {
    Folder(Folder),
    Memory(Memory),
}

impl Remembered {
    fn new(inner: Inner) -> Self {
        Self { inner, known: Mutex::default() }
    }

    fn read(&self, path: &str) -> Bytes {
        let mut file = match &self.inner {
            Inner::Folder(folder) => folder.open(path)?,
            Inner::Memory(memory) => memory.open(path)?,
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

impl Files for Remembered {
    fn open(&self, path: &str) -> Result<Box<dyn Read + '_>, FileError> {
        // a thread that panicked left the map whole: it is changed in one step
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let read = known.entry(path.to_owned()).or_insert_with(|| self.read(path));
        Ok(Box::new(Cursor::new(read.clone()?)))
    }
}
