//! CSV files: traces of reports, and samples of durations. They are read row by row, so that their size is bounded
//! by what is kept, not by what is in the file.

use std::io::{self, Read};
use std::sync::Arc;

use jiff::civil;
use sha2::{Digest as _, Sha256};

use super::Compiler;
use crate::model::TraceRow;
use crate::scenario::decode::At;
use crate::scenario::diagnostic::{Diagnostic, Span, quoted, suggest};
use crate::scenario::files::{is_below, relative_to};
use crate::scenario::overlay::outside;
use crate::units::{Duration, Time, quantity};

const MOST_ROWS: usize = 5_000_000;
const MOST_VALUES: usize = 1_000_000;
const MOST_BYTES: u64 = 1 << 29;
/// A file of the wrong kind is wrong in every row.
const MOST_ERRORS: usize = 5;

/// Feeds what is read to a digest.
struct Hashed<'r, R> {
    inner: R,
    digest: &'r mut Sha256,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.inner.read(buffer)?;
        self.digest.update(&buffer[..n_read]);
        Ok(n_read)
    }
}

/// Mistakes in the rows of one file.
struct RowErrors<'r> {
    path: &'r str,
    found: Vec<(String, Option<String>)>,
}

impl RowErrors<'_> {
    fn add(&mut self, line: u64, message: &str, help: Option<String>) {
        self.found.push((format!("`{}`, line {line}: {message}", quoted(self.path)), help));
    }

    fn are_enough(&self) -> bool {
        self.found.len() >= MOST_ERRORS
    }
}

impl Compiler<'_> {
    /// The path of a file seen from the scenario's folder, if it stays within.
    pub(crate) fn full_path(&mut self, path: &At<String>) -> Option<String> {
        if !is_below(&path.value) {
            self.out.add(outside(path.span, &path.value));
            return None;
        }
        Some(relative_to(self.sources.name(path.span.source), &path.value))
    }

    /// The durations of a file's column `duration`.
    pub(crate) fn read_sample(&mut self, path: &str, span: Span) -> Option<Arc<[Duration]>> {
        let mut values = Vec::new();
        self.read_rows(path, span, &["duration"], &[], |_, row, line, errors| {
            match quantity::parse_duration(&quoted(row.get(0).unwrap_or_default())) {
                Ok(_) if values.len() == MOST_VALUES => {
                    errors.add(line, &format!("there are more than {MOST_VALUES} values"), None);
                    return false;
                }
                Ok(value) => values.push(value),
                Err(error) => errors.add(line, &error.to_string(), None),
            }
            true
        })?;
        Some(values.into())
    }

    /// The rows of a trace, up to the end of the run.
    pub(crate) fn read_trace(&mut self, path: &At<String>) -> Option<Arc<[TraceRow]>> {
        let full = self.full_path(path)?;
        let mut rows: Vec<TraceRow> = Vec::new();
        let mut before = (Time::ZERO, 0);
        let mut n_late = 0;
        self.read_rows(&full, path.span, &["time"], &["class", "count"], |compiler, row, line, errors| {
            let Some(read) = compiler.trace_row(row, line, errors) else { return true };
            if read.time < before.0 {
                let help = format!("sort the rows by `time`: line {} is later", before.1);
                errors.add(line, "the rows are not in order of time", Some(help));
                return false;
            }
            before = (read.time, line);
            if rows.len() == MOST_ROWS {
                errors.add(line, &format!("there are more than {MOST_ROWS} rows"), None);
                return false;
            }
            if read.time < compiler.frame.horizon {
                rows.push(read);
            } else {
                n_late += 1;
            }
            true
        })?;
        if n_late > 0 && self.frame.is_real {
            let rows = if n_late == 1 { "row" } else { "rows" };
            let message = format!("`{}` has {n_late} {rows} after the end", quoted(&path.value));
            self.out.add(Diagnostic::warning(path.span, message).help("they are left out"));
        }
        Some(rows.into())
    }

    /// Reads a file row by row: the columns wanted, in their order, then the line. The function says whether to go on.
    fn read_rows(
        &mut self,
        path: &str,
        span: Span,
        required: &[&str],
        optional: &[&str],
        mut each: impl FnMut(&mut Self, &csv::StringRecord, u64, &mut RowErrors<'_>) -> bool,
    ) -> Option<()> {
        let file = match self.files.open(path) {
            Ok(file) => file,
            Err(error) => {
                self.error(span, format!("cannot read `{}`: {error}", quoted(path)));
                return None;
            }
        };
        let mut digest = self.digest.clone();
        let hashed = Hashed { inner: file.take(MOST_BYTES + 1), digest: &mut digest };
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(hashed);
        let mut errors = RowErrors { path, found: Vec::new() };
        let columns = match reader.headers() {
            Ok(headers) => columns(headers, required, optional, &mut errors),
            Err(error) => {
                errors.add(1, &csv_message(&error), None);
                None
            }
        };
        let mut n_rows = 0_usize;
        if let Some(columns) = columns {
            let mut record = csv::StringRecord::new();
            while !errors.are_enough() {
                let line = reader.position().line();
                match reader.read_record(&mut record) {
                    Ok(false) => break,
                    Ok(true) => {
                        n_rows += 1;
                        let line = record.position().map_or(line, csv::Position::line);
                        let wanted =
                            columns.iter().map(|column| column.and_then(|at| record.get(at)).unwrap_or(""));
                        if !each(self, &wanted.collect(), line, &mut errors) {
                            break;
                        }
                    }
                    Err(error) => {
                        errors.add(
                            error.position().map_or(line, csv::Position::line),
                            &csv_message(&error),
                            None,
                        );
                        if error.is_io_error() {
                            break;
                        }
                    }
                }
            }
            if n_rows == 0 && errors.found.is_empty() {
                errors.add(1, "there is no row after the names of the columns", None);
            }
            if reader.position().byte() > MOST_BYTES {
                errors.add(reader.position().line(), "the file is larger than 512 MiB", None);
            }
        }
        let found = errors.found;
        self.digest = digest;
        for (message, help) in &found {
            self.out.add(Diagnostic::error(span, message.as_str()).maybe_help(help.clone()));
        }
        found.is_empty().then_some(())
    }

    /// Reads `time`, `class` and `count`.
    fn trace_row(
        &mut self,
        row: &csv::StringRecord,
        line: u64,
        errors: &mut RowErrors<'_>,
    ) -> Option<TraceRow> {
        let [time, class, count] = [0, 1, 2].map(|column| row.get(column).unwrap_or_default());
        let time = match self.trace_time(time) {
            Ok(time) => time,
            Err(message) => {
                errors.add(line, &message, None);
                return None;
            }
        };
        let class = match class {
            "" => None,
            name => {
                let found = self.names.class(name);
                if found.is_none() {
                    let help = suggest(name, self.names.classes.iter().map(String::as_str));
                    errors.add(line, &format!("unknown class `{}`", quoted(name)), help);
                    return None;
                }
                found
            }
        };
        let n_reports = if count.is_empty() { Some(1) } else { count.parse().ok() };
        let Some(n_reports) = n_reports.filter(|n| (1..=1_000_000).contains(n)) else {
            let message =
                format!("`{}` is not a count: write a whole number from 1 to 1000000", quoted(count));
            errors.add(line, &message, None);
            return None;
        };
        Some(TraceRow { time, class, count: n_reports })
    }

    /// A local date, or a duration since the start.
    fn trace_time(&self, text: &str) -> Result<Time, String> {
        let is_date = text.len() >= 10 && text.as_bytes()[4] == b'-' && text.is_ascii();
        if !is_date {
            let since = quantity::parse_duration(&quoted(text));
            return since.map(|since| Time::ZERO + since).map_err(|error| error.to_string());
        }
        let unreadable =
            || format!("cannot read the time `{}`: write for example `2015-01-07T11:30:00`", quoted(text));
        // a zone or an offset after the time would be passed over in silence
        if text.len() > 10
            && !text[10..].bytes().all(|c| c.is_ascii_digit() || matches!(c, b'T' | b' ' | b':' | b'.'))
        {
            return Err(unreadable());
        }
        let local: civil::DateTime = text.parse().map_err(|_| unreadable())?;
        match self.frame.calendar.time_of(local) {
            Ok(time) => Ok(time),
            Err(_) if !self.frame.is_real => Ok(Time::ZERO),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Where the wanted columns are.
fn columns(
    headers: &csv::StringRecord,
    required: &[&str],
    optional: &[&str],
    errors: &mut RowErrors<'_>,
) -> Option<Vec<Option<usize>>> {
    let n_before = errors.found.len();
    let known: Vec<&str> = required.iter().chain(optional).copied().collect();
    // a byte order mark is what some spreadsheets write first
    let names: Vec<&str> = headers.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
    for name in &names {
        if !known.contains(name) {
            let help = if name.contains(';') {
                Some("separate columns by commas, not by semicolons".to_owned())
            } else {
                suggest(name, known.iter().copied())
            };
            errors.add(1, &format!("unknown column `{}`", quoted(name)), help);
        } else if names.iter().filter(|other| *other == name).count() > 1 {
            errors.add(1, &format!("the column `{}` is there twice", quoted(name)), None);
        }
        if errors.are_enough() {
            return None;
        }
    }
    for name in required {
        if !names.contains(name) {
            errors.add(1, &format!("the column `{name}` is missing"), None);
        }
    }
    let found = known.iter().map(|wanted| names.iter().position(|name| name == wanted)).collect();
    (errors.found.len() == n_before).then_some(found)
}

fn csv_message(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "this is not UTF-8 text".into(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} values, found {len}")
        }
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => "this is not CSV".into(),
    }
}
