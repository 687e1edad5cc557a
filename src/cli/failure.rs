//! How the program ends, and what it says when it does not end well.

use std::fmt;
use std::process::ExitCode;

use crate::experiment::size::SizingError;
use crate::model::{Halt, TooLarge};
use crate::out::{FileError, FolderError};
use crate::scenario::LoadError;

/// The published exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Done; all gates pass.
    Done = 0,
    /// An I/O or internal failure, or more cases in the system than allowed.
    Failed = 1,
    /// Bad usage, or an invalid scenario.
    Invalid = 2,
    /// A target or a gate failed.
    Missed = 3,
    /// The intervals are too wide to say.
    Inconclusive = 4,
    /// Stopped by Ctrl-C, as shells count it.
    Interrupted = 130,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// What can go wrong.
#[derive(Debug)]
pub(super) enum Failure {
    Scenario(Box<LoadError>),
    TooLarge(TooLarge),
    Halt(Halt),
    Folder(FolderError),
    File(FileError),
    Io {
        doing: String,
        error: std::io::Error,
    },
    Usage(String),
    /// Stopped by Ctrl-C; what is kept, and how to go on.
    Stopped(String),
    Internal(String),
}

impl Failure {
    /// The exit code of each failure.
    fn status(&self) -> ExitStatus {
        match self {
            Self::Scenario(_) | Self::TooLarge(_) | Self::Usage(_) => ExitStatus::Invalid,
            // refused by us: name another folder; refused by the system: a failure
            Self::Folder(error) if error.is_refusal() => ExitStatus::Invalid,
            Self::Halt(Halt::Cancelled) | Self::Stopped(_) => ExitStatus::Interrupted,
            Self::Halt(Halt::TooManyInSystem { .. })
            | Self::Folder(_)
            | Self::File(_)
            | Self::Io { .. }
            | Self::Internal(_) => ExitStatus::Failed,
        }
    }

    /// Says what went wrong on standard error, and gives the exit code.
    pub(super) fn report(&self) -> ExitCode {
        // a reader that closed the pipe wants no more: that is no failure worth a message
        if !matches!(self, Self::Io { error, .. } if error.kind() == std::io::ErrorKind::BrokenPipe) {
            complain(&self.to_string());
        }
        self.status().into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(error) => write!(f, "{error}"),
            Self::TooLarge(error) => write!(f, "error: {error}"),
            Self::Halt(Halt::Cancelled) => write!(f, "stopped; nothing was written"),
            Self::Stopped(message) => write!(f, "stopped; {message}"),
            Self::Halt(halt) => write!(
                f,
                "error: {halt}\n\
                 nothing was written; look at its load with `vigie explain`, give it more people, or raise \
                 --max-in-system if the memory allows (about 100 bytes a case)"
            ),
            Self::Folder(error) => write!(f, "error: {error}"),
            Self::File(error) => write!(f, "error: {error}"),
            Self::Io { doing, error } => write!(f, "error: cannot {doing}: {error}"),
            Self::Usage(message) | Self::Internal(message) => write!(f, "error: {message}"),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::Scenario(Box::new(error))
    }
}

impl From<TooLarge> for Failure {
    fn from(error: TooLarge) -> Self {
        Self::TooLarge(error)
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<SizingError> for Failure {
    fn from(error: SizingError) -> Self {
        match error {
            SizingError::Halt(halt) => Self::Halt(halt),
            SizingError::TooLarge(error) => Self::TooLarge(error),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Self::Folder(error)
    }
}

/// Help and usage errors, as clap words them.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    // nothing sensible can be done where even the terminal cannot be written to
    let _ = error.print();
    if error.use_stderr() { ExitStatus::Invalid.into() } else { ExitStatus::Done.into() }
}

/// Prints to standard error; a closed one is nobody's loss.
pub(super) fn complain(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::Io { doing: "write to standard output".to_owned(), error })
}
