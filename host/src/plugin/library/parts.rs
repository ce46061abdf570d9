//! [`Parts`]: the parts of a file that a parser needs, so that a large library is listed with three small reads.

use std::cell::RefCell;
use std::fs::File;
use std::ops::Range;

use object::read::ReadRef;

use crate::platform::files::read_at;

/// The least that is read at once, in bytes: the table of sections of most libraries.
const LEAST: u64 = 4096;
/// What is read before the bytes that were asked for: in a library, the names of sections are before their table.
const BEFORE: u64 = 1024;
/// A library needs three; one of another format, a few more.
const MAX_READS: usize = 64;

/// A file of which some parts were read. It is not mapped to memory: if the file shrinks, a read fails instead of raising
/// SIGBUS.
#[derive(Debug)]
pub struct Parts {
    length: u64,
    /// Each with its offset in the file.
    read: Vec<(u64, Vec<u8>)>,
    /// The first bytes that were asked for and were not read.
    missing: RefCell<Option<Range<u64>>>,
}

impl Parts {
    /// Parses the file. The parser runs again with more of the file as long as it asks for bytes that were not read; what it
    /// then returned does not count.
    ///
    /// # Errors
    /// Those of the parser, and when the file cannot be read.
    pub fn parse<T>(
        file: &File,
        length: u64,
        parser: impl Fn(&Self) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut parts = Self { length, read: Vec::new(), missing: RefCell::new(None) };
        for _ in 0..MAX_READS {
            let parsed = parser(&parts);
            match parts.missing.take() {
                None => return parsed,
                Some(range) => parts.add(file, range)?,
            }
        }
        Err("its parts are too scattered".into())
    }

    /// Reads this range, and what is around it.
    fn add(&mut self, file: &File, wanted: Range<u64>) -> Result<(), String> {
        // Aligned, as the tables in it are aligned in the file.
        let start = wanted.start.saturating_sub(BEFORE) / 16 * 16;
        let end = wanted.end.max(start + LEAST).min(self.length);
        let length = usize::try_from(end - start).map_err(|_| "it is too large")?;
        let bytes = read_at(file, length, start).map_err(|error| error.to_string())?;
        if start + (bytes.len() as u64) < wanted.end {
            return Err("it was changed while it was read".into());
        }
        self.read.push((start, bytes));
        Ok(())
    }

    /// What was read from this offset on.
    fn read_from(&self, offset: u64) -> &[u8] {
        let from = |(start, bytes): &'_ (u64, Vec<u8>)| {
            let skip = usize::try_from(offset.checked_sub(*start)?).ok()?;
            (skip < bytes.len()).then_some(skip)
        };
        // A later part is larger, if it has the bytes of an earlier one.
        let part = self.read.iter().rev().find_map(|part| Some((&part.1, from(part)?)));
        part.map(|(bytes, skip)| &bytes[skip..]).unwrap_or_default()
    }

    fn miss(&self, range: Range<u64>) {
        self.missing.borrow_mut().get_or_insert(range);
    }
}

impl<'a> ReadRef<'a> for &'a Parts {
    fn len(self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        // Nothing is everywhere, as in a slice of bytes.
        if size == 0 {
            return Ok(&[]);
        }
        let end = offset.checked_add(size).filter(|end| *end <= self.length).ok_or(())?;
        let size = usize::try_from(size).map_err(|_| ())?;
        let bytes = self.read_from(offset).get(..size);
        bytes.ok_or_else(|| self.miss(offset..end))
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let length = range.end.checked_sub(range.start).filter(|_| range.end <= self.length);
        let length = usize::try_from(length.ok_or(())?).map_err(|_| ())?;
        let read = self.read_from(range.start);
        let read = &read[..read.len().min(length)];
        match read.iter().position(|it| *it == delimiter) {
            Some(end) => Ok(&read[..end]),
            None if read.len() == length => Err(()),
            None => {
                // Twice as much, so that a long text needs few reads.
                let more = range.start + 2 * read.len() as u64 + 1;
                self.miss(range.start..more.min(range.end));
                Err(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(length: u32) -> (File, Vec<u8>) {
        let bytes: Vec<u8> = (0..length).map(|it| (it % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn a_parser_sees_the_bytes_of_the_file_at_any_position_and_length() {
        let (file, bytes) = file(20_000);
        for (at, length) in
            [(0, 1), (4095, 2), (1, 9000), (8192, 4096), (19_999, 1), (7, 16), (0, 20_000), (5, 0)]
        {
            let read = Parts::parse(&file, 20_000, |it| {
                // Another part first, so that the wanted one is among several.
                it.read_bytes_at(10_000, 10).map_err(|()| "")?;
                Ok(it.read_bytes_at(at, length).map_err(|()| "")?.to_vec())
            });
            let end = (at + length) as usize;
            assert_eq!(read.as_deref(), Ok(&bytes[at as usize..end]), "{at} {length}");
        }
    }

    #[test]
    fn bytes_behind_the_end_are_not_read_and_a_text_ends_at_its_delimiter() {
        let (file, bytes) = file(20_000);
        let nothing =
            |it: &Parts| it.read_bytes_at(u64::MAX, 0).map(<[u8]>::len).map_err(|()| "".into());
        assert_eq!(Parts::parse(&file, 20_000, nothing), Ok(0));
        for (at, size) in [(20_000, 1), (0, 20_001), (u64::MAX, 1), (1, u64::MAX)] {
            let read = |it: &Parts| it.read_bytes_at(at, size).map(<[u8]>::len);
            let read = Parts::parse(&file, 20_000, |it| read(it).map_err(|()| "behind".into()));
            assert_eq!(read, Err("behind".to_owned()), "{at} {size}");
        }
        // 250 is at 250, 501 and so on; 251 nowhere.
        for (range, delimiter, expected) in [
            (0..20_000, 250, Some(0..250)),
            (3..20_000, 2, Some(3..253)),
            (9_000..9_010, 250, None),
            (0..20_000, 251, None),
            (9_000..20_001, 250, None),
        ] {
            let read = Parts::parse(&file, 20_000, |it| {
                let text = it.read_bytes_at_until(range.clone(), delimiter);
                text.map(<[u8]>::to_vec).map_err(|()| "none".into())
            });
            assert_eq!(read.ok().as_deref(), expected.map(|it| &bytes[it]), "{range:?}");
        }
    }

    #[test]
    fn a_file_that_becomes_shorter_while_it_is_read_is_an_error() {
        let (file, _) = file(100);
        let read = Parts::parse(&file, 20_000, |it| {
            it.read_bytes_at(10_000, 1).map(<[u8]>::len).map_err(|()| "no".into())
        });
        assert_eq!(read, Err("it was changed while it was read".to_owned()));
    }
}
