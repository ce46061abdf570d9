//! [`BlockReader`]: reads a file in cached blocks, so that random access by a parser needs few system calls.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::platform::files::read_at;

const BLOCK: usize = 4096;

/// A reader that caches one block. It does not map the file: if the file shrinks, a read fails instead of raising
/// SIGBUS.
pub struct BlockReader<'a> {
    file: &'a File,
    length: u64,
    position: u64,
    /// The offset of the cached block in the file.
    start: u64,
    block: Vec<u8>,
}

impl<'a> BlockReader<'a> {
    pub fn of(file: &'a File, length: u64) -> Self {
        Self { file, length, position: 0, start: 0, block: Vec::with_capacity(BLOCK) }
    }

    fn load_block(&mut self) -> io::Result<()> {
        self.start = self.position - self.position % BLOCK as u64;
        self.block.resize(BLOCK, 0);
        let read = read_at(self.file, &mut self.block, self.start)?;
        self.block.truncate(read);
        Ok(())
    }

    /// The bytes of the cached block from the current position on.
    fn cached(&self) -> &[u8] {
        let skip = self.position.checked_sub(self.start).and_then(|it| usize::try_from(it).ok());
        skip.and_then(|skip| self.block.get(skip..)).unwrap_or_default()
    }
}

impl Read for BlockReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = if into.len() >= BLOCK {
            read_at(self.file, into, self.position)?
        } else {
            if self.cached().is_empty() {
                self.load_block()?;
            }
            self.cached().read(into)?
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for BlockReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.length.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        }
        .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_read_returns_the_bytes_of_the_file_at_any_position_and_length() {
        let bytes: Vec<u8> = (0..20_000u32).map(|it| (it % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut reader = BlockReader::of(&file, bytes.len() as u64);
        for (at, length) in [
            (0, 1),
            (4095, 2),
            (1, 9000),
            (8192, 4096),
            (19_999, 1),
            (7, 16),
            (3, 4),
            (12_287, 5000),
        ] {
            let mut read = vec![0; length];
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            reader.read_exact(&mut read).unwrap();
            assert_eq!(read, bytes[at..at + length], "{at} {length}");
        }
        reader.seek(SeekFrom::End(0)).unwrap();
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
        assert!(reader.seek(SeekFrom::End(-20_001)).is_err());
    }
}
