//! Writes a ZIP archive from front to back: members as they come, packed fast.
//!
//! The crate `zip` makes a new compressor for each member and goes back to mend its head, which for many small samples
//! takes longer than everything else. Here one compressor packs a member in memory before its head is written.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use crate::error::Error;
use crate::log::in_file;
use crate::log::replace::Out;

/// Versions of ZIP that a reader must know: the first packs, the second goes beyond 4 GiB.
const PACKED: u16 = 20;
const LARGE: u16 = 45;
/// The name of a member is UTF-8.
const UTF_8: u16 = 1 << 11;
const DEFLATE: u16 = 8;
/// 1 January 1980. The real time would make two archives of the same samples differ.
const DATE: u16 = (1 << 5) | 1;
/// Where a number does not fit, this stands, and the number in an extra field.
const ELSEWHERE: u32 = u32::MAX;

/// An archive that is being written.
pub(super) struct Archive<'a, 'b> {
    out: &'a mut Out<'b>,
    offset: u64,
    directory: Vec<u8>,
    members: u64,
}

impl<'a, 'b> Archive<'a, 'b> {
    pub(super) fn new(out: &'a mut Out<'b>) -> Self {
        Self {
            out,
            offset: 0,
            directory: Vec::new(),
            members: 0,
        }
    }

    /// Writes a member, and empties `packed` for the next one.
    pub(super) fn member(&mut self, name: &str, packed: &mut Packed) -> Result<(), Error> {
        if u16::try_from(name.len()).is_err() {
            let message = format!(
                "no archive can have a member whose name has {} bytes",
                name.len()
            );
            return Err(in_file(self.out.name, message));
        }
        packed.finish();
        let head = Head {
            name,
            crc: packed.crc.sum(),
            packed: packed.bytes.len() as u64,
            size: packed.size,
            offset: self.offset,
        };
        let local = head.local();
        self.out.put(&local)?;
        self.out.put(&packed.bytes)?;
        self.offset += local.len() as u64 + head.packed;
        head.central(&mut self.directory);
        self.members += 1;
        packed.reset();
        Ok(())
    }

    /// Writes the directory.
    pub(super) fn finish(self) -> Result<(), Error> {
        let size = self.directory.len() as u64;
        self.out.put(&self.directory)?;
        let mut end = Vec::new();
        let few = u16::try_from(self.members).ok().filter(|it| *it < u16::MAX);
        let (short_size, short_offset) = (short(size), short(self.offset));
        if few.is_none() || short_size == ELSEWHERE || short_offset == ELSEWHERE {
            put(
                &mut end,
                &[&0x0606_4b50_u32.to_le_bytes(), &44_u64.to_le_bytes()],
            );
            put(
                &mut end,
                &[&LARGE.to_le_bytes(), &LARGE.to_le_bytes(), &[0; 8]],
            );
            for number in [self.members, self.members, size, self.offset] {
                put(&mut end, &[&number.to_le_bytes()]);
            }
            put(&mut end, &[&0x0706_4b50_u32.to_le_bytes(), &[0; 4]]);
            let at = self.offset + size;
            put(&mut end, &[&at.to_le_bytes(), &1_u32.to_le_bytes()]);
        }
        let members = few.unwrap_or(u16::MAX).to_le_bytes();
        put(
            &mut end,
            &[&0x0605_4b50_u32.to_le_bytes(), &[0; 4], &members, &members],
        );
        put(
            &mut end,
            &[
                &short_size.to_le_bytes(),
                &short_offset.to_le_bytes(),
                &[0; 2],
            ],
        );
        self.out.put(&end)
    }
}

struct Head<'a> {
    name: &'a str,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

impl Head<'_> {
    /// What stands before the content.
    fn local(&self) -> Vec<u8> {
        let large = short(self.size) == ELSEWHERE || short(self.packed) == ELSEWHERE;
        let mut extra = Vec::new();
        if large {
            put(&mut extra, &[&1_u16.to_le_bytes(), &16_u16.to_le_bytes()]);
            put(
                &mut extra,
                &[&self.size.to_le_bytes(), &self.packed.to_le_bytes()],
            );
        }
        let mut head = Vec::with_capacity(30 + self.name.len() + extra.len());
        put(&mut head, &[&0x0403_4b50_u32.to_le_bytes()]);
        self.common(&mut head, large);
        put(&mut head, &[&length(&extra), self.name.as_bytes(), &extra]);
        head
    }

    /// What stands in the directory.
    fn central(&self, directory: &mut Vec<u8>) {
        let large = short(self.size) == ELSEWHERE || short(self.packed) == ELSEWHERE;
        let far = short(self.offset) == ELSEWHERE;
        let mut extra = Vec::new();
        if large || far {
            let numbers = [(large, self.size), (large, self.packed), (far, self.offset)];
            let numbers: Vec<u8> = numbers
                .into_iter()
                .filter(|(there, _)| *there)
                .flat_map(|(_, number)| number.to_le_bytes())
                .collect();
            put(
                &mut extra,
                &[&1_u16.to_le_bytes(), &length(&numbers), &numbers],
            );
        }
        put(
            directory,
            &[&0x0201_4b50_u32.to_le_bytes(), &LARGE.to_le_bytes()],
        );
        self.common(directory, large);
        put(directory, &[&length(&extra), &[0; 10]]);
        put(
            directory,
            &[
                &short(self.offset).to_le_bytes(),
                self.name.as_bytes(),
                &extra,
            ],
        );
    }

    /// Version needed, flags, method, time, checksum, sizes, length of the name.
    fn common(&self, head: &mut Vec<u8>, large: bool) {
        let version = if large { LARGE } else { PACKED };
        for number in [version, UTF_8, DEFLATE, 0, DATE] {
            put(head, &[&number.to_le_bytes()]);
        }
        let sizes = if large {
            [ELSEWHERE; 2]
        } else {
            [short(self.packed), short(self.size)]
        };
        for number in [self.crc, sizes[0], sizes[1]] {
            put(head, &[&number.to_le_bytes()]);
        }
        put(head, &[&length(self.name.as_bytes())]);
    }
}

/// Content that is packed as it comes.
pub(super) struct Packed {
    compress: Compress,
    crc: Crc,
    size: u64,
    bytes: Vec<u8>,
}

impl Packed {
    pub(super) fn new() -> Self {
        Self {
            compress: Compress::new(Compression::fast(), false),
            crc: Crc::new(),
            size: 0,
            bytes: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, content: &[u8]) {
        self.crc.update(content);
        self.size += content.len() as u64;
        self.pack(content, FlushCompress::None);
    }

    fn finish(&mut self) {
        self.pack(&[], FlushCompress::Finish);
    }

    fn pack(&mut self, mut content: &[u8], flush: FlushCompress) {
        let finishing = matches!(flush, FlushCompress::Finish);
        loop {
            self.bytes.reserve(content.len() / 2 + 256);
            let before = self.compress.total_in();
            let status = self
                .compress
                .compress_vec(content, &mut self.bytes, flush)
                .expect("a compressor takes whatever it is given until it is finished");
            let taken = self.compress.total_in() - before;
            content = &content[usize::try_from(taken).unwrap_or(content.len())..];
            let room = self.bytes.len() < self.bytes.capacity();
            if status == Status::StreamEnd || (content.is_empty() && room && !finishing) {
                return;
            }
        }
    }

    fn reset(&mut self) {
        self.compress.reset();
        self.crc.reset();
        self.size = 0;
        self.bytes.clear();
    }
}

fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len())
        .expect("the length of a name was checked, extra fields are small")
        .to_le_bytes()
}

fn put(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};
    use std::path::Path;

    use super::*;

    fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut out = Out {
            name: Path::new("x.eval"),
            to: &mut bytes,
        };
        let mut archive = Archive::new(&mut out);
        let mut packed = Packed::new();
        for (name, content) in members {
            for part in content.chunks(700) {
                packed.add(part);
            }
            archive.member(name, &mut packed).unwrap();
        }
        archive.finish().unwrap();
        bytes
    }

    fn unpacked(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        (0..archive.len())
            .map(|at| {
                let mut member = archive.by_index(at).unwrap();
                let mut content = Vec::new();
                member.read_to_end(&mut content).unwrap();
                (member.name().to_owned(), content)
            })
            .collect()
    }

    #[test]
    fn another_program_reads_what_was_written() {
        let noise: Vec<u8> = (0..100_000_u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let members = [
            (
                "samples/法/第一条 a_epoch_1.json".to_owned(),
                "中文".repeat(9_000).into_bytes(),
            ),
            ("empty".to_owned(), Vec::new()),
            ("noise".to_owned(), noise),
        ];
        assert_eq!(unpacked(archive(&members)), members);
        assert_eq!(unpacked(archive(&[])), []);
    }

    #[test]
    fn more_members_than_the_old_format_counts() {
        let members: Vec<_> = (0..66_000)
            .map(|at| (format!("{at}"), vec![b'x']))
            .collect();
        assert!(unpacked(archive(&members)) == members);
    }

    /// What lies behind 4 GiB is found: the fields of a member there, as the format describes them.
    #[test]
    fn numbers_that_do_not_fit_stand_in_an_extra_field() {
        let head = Head {
            name: "n",
            crc: 1,
            packed: 2,
            size: 3,
            offset: 1 << 33,
        };
        let mut directory = Vec::new();
        head.central(&mut directory);
        assert_eq!(directory.len(), 46 + 1 + 12);
        assert_eq!(directory[42..46], [0xff; 4]);
        assert_eq!(directory[46..51], [b'n', 1, 0, 8, 0]);
        assert_eq!(directory[51..], (1_u64 << 33).to_le_bytes());
        assert_eq!(head.local().len(), 31);
        let head = Head {
            size: 1 << 32,
            offset: 0,
            ..head
        };
        assert_eq!(head.local().len(), 31 + 20);
    }

    #[test]
    fn a_name_that_is_too_long_is_refused() {
        let mut bytes = Vec::new();
        let mut out = Out {
            name: Path::new("x.eval"),
            to: &mut bytes,
        };
        let error = Archive::new(&mut out)
            .member(&"n".repeat(70_000), &mut Packed::new())
            .unwrap_err();
        assert!(error.to_string().contains("70000"), "{error}");
    }
}
