//! Hostile files in a plugins directory that another user can write to, made from a real plugin.

use std::ffi::OsString;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, makedev, mknodat};

use crate::machine::permissions::set_mode;

/// The name of a hostile library, and a function that makes its bytes.
pub type HostileFile<'a> = (String, Box<dyn Fn() -> Vec<u8> + 'a>);

const SECTION: &[u8] = b".mshplug\0";
const HEADER: usize = 64;

/// The parts of a 64-bit little-endian ELF file that the hostile files change.
#[derive(Debug)]
pub struct Library {
    bytes: Vec<u8>,
    headers: usize,
    count: usize,
    /// The index of the manifest's section.
    manifest: usize,
}

impl Library {
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        let headers = usize::try_from(number(&bytes, 0x28, 8)).expect("the offset of the headers");
        let count = usize::try_from(number(&bytes, 0x3c, 2)).expect("the number of sections");
        let names = usize::try_from(number(&bytes, 0x3e, 2)).expect("the section of the names");
        let mut library = Self { bytes, headers, count, manifest: 0 };
        let names = library.contents(names);
        library.manifest = (0..count)
            .find(|it| {
                let name = number(&library.bytes, library.header(*it), 4);
                let name = names.start + usize::try_from(name).expect("an offset");
                library.bytes[name..].starts_with(SECTION)
            })
            .expect("a manifest");
        library
    }

    fn header(&self, section: usize) -> usize {
        self.headers + section * HEADER
    }

    fn contents(&self, section: usize) -> Range<usize> {
        let field = |at| number(&self.bytes, self.header(section) + at, 8);
        let (start, size) = (field(0x18), field(0x20));
        let start = usize::try_from(start).expect("an offset");
        start..start + usize::try_from(size).expect("a size")
    }

    /// The bytes with this number at this offset.
    fn with(&self, at: usize, size: usize, value: u64) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
        bytes
    }

    /// The bytes with another content of the manifest's section, which is then at the end of the file.
    fn with_section(&self, section: &[u8]) -> Vec<u8> {
        let mut moved = Self { bytes: self.bytes.clone(), ..*self };
        moved.bytes = self.with(self.header(self.manifest) + 0x18, 8, self.bytes.len() as u64);
        moved.bytes = moved.with(self.header(self.manifest) + 0x20, 8, section.len() as u64);
        moved.bytes.extend_from_slice(section);
        moved.bytes
    }

    /// The bytes with this manifest.
    #[must_use]
    pub fn with_manifest(&self, json: &[u8]) -> Vec<u8> {
        let length = u32::try_from(json.len()).expect("a length").to_le_bytes();
        self.with_section(&[b"MSHPLUG\x01", &length[..], json].concat())
    }

    /// Truncated at each of the first 4096 bytes, at each page, around the start and the end of each
    /// section, and, with the manifest at the end, at each byte of the manifest.
    #[must_use]
    pub fn truncated(&self) -> Vec<HostileFile<'_>> {
        let length = self.bytes.len();
        let edges = (0..self.count).map(|it| self.contents(it)).flat_map(|it| [it.start, it.end]);
        let edges = edges.chain([self.headers, self.headers + self.count * HEADER]);
        let around = edges.flat_map(|it| [it.saturating_sub(1), it, it + 1]);
        let mut ends: Vec<usize> =
            (0..4096).chain((0..length).step_by(4096)).chain(around).collect();
        ends.retain(|it| *it < length);
        ends.sort_unstable();
        ends.dedup();
        let cut = |end: usize| -> HostileFile<'_> {
            (format!("cut at {end}"), Box::new(move || self.bytes[..end].to_vec()))
        };
        let section = self.bytes[self.contents(self.manifest)].to_vec();
        let manifest = (0..section.len()).map(move |left| -> HostileFile<'_> {
            let section = section.clone();
            let make = move || {
                let mut bytes = self.with_section(&section);
                bytes.truncate(length + left);
                bytes
            };
            (format!("manifest cut at {left}"), Box::new(make))
        });
        ends.into_iter().map(cut).chain(manifest).collect()
    }

    /// Each byte of the file header, of the manifest's section header and of that of the names, changed.
    #[must_use]
    pub fn with_changed_bytes(&self) -> Vec<HostileFile<'_>> {
        let names = usize::try_from(number(&self.bytes, 0x3e, 2)).expect("the names");
        let headers = [0, self.header(self.manifest), self.header(names)];
        let places = headers.into_iter().flat_map(|it| it..it + HEADER);
        places
            .flat_map(|at| {
                let old = self.bytes[at];
                [0, 0xff, old.wrapping_add(1)].map(|new| -> HostileFile<'_> {
                    let name = format!("byte {at} is {new}");
                    (name, Box::new(move || self.with(at, 1, new.into())))
                })
            })
            .collect()
    }

    /// Offsets and sizes outside of the file, and invalid sections.
    #[must_use]
    pub fn with_forged_numbers(&self) -> Vec<HostileFile<'_>> {
        let length = self.bytes.len() as u64;
        let far = [0, 1, length - 1, length, length + 1, 1 << 32, 1 << 63, u64::MAX];
        let (section, first) = (self.header(self.manifest), self.header(1));
        let name = number(&self.bytes, section, 4);
        let fields = [(0x28, 8), (0x3a, 2), (0x3c, 2), (0x3e, 2), (section, 4)]
            .into_iter()
            .chain([(section + 4, 4), (section + 0x18, 8), (section + 0x20, 8)]);
        let mut forged: Vec<HostileFile<'_>> = fields
            .flat_map(|(at, size)| {
                far.map(|value| -> HostileFile<'_> {
                    let name = format!("{size} bytes at {at} are {value}");
                    (name, Box::new(move || self.with(at, size, value)))
                })
            })
            .collect();
        forged.push(("two manifests".into(), Box::new(move || self.with(first, 4, name))));
        let manifest = self.contents(self.manifest);
        for value in [0, 1, 0xffff, u64::from(u32::MAX)] {
            let make = move || self.with(manifest.start + 8, 4, value);
            forged.push((format!("a manifest of {value} bytes"), Box::new(make)));
        }
        forged
    }

    /// Malformed and malicious manifests.
    #[must_use]
    pub fn with_hostile_manifests(&self) -> Vec<HostileFile<'_>> {
        let section = &self.bytes[self.contents(self.manifest)][12..];
        let good = String::from_utf8_lossy(section).into_owned();
        let good = good.trim_end_matches('\0');
        let open = good.trim_start().strip_prefix('{').expect("an object");
        let twice = |more: &str| format!("{{{more},{open}").into_bytes();
        let manifests: Vec<(&str, Vec<u8>)> = vec![
            ("empty", vec![]),
            ("no object", b"[1]".to_vec()),
            ("zeros", vec![0; 1000]),
            ("no UTF-8", [b"{\"id\":\"", &[0xff, 0xfe, 0xc0][..], b"\"}"].concat()),
            ("a key twice", twice("\"id\":\"other\"")),
            ("deep", "[".repeat(60_000).into_bytes()),
            ("deep below an unknown key", twice(&format!("\"x\":{}", "[".repeat(50_000)))),
            ("deep and sound", twice(&format!("\"x\":{}{}", "[".repeat(9999), "]".repeat(9999)))),
            ("a huge number", twice("\"x\":1e999999999")),
            ("a long number", twice(&format!("\"x\":{}", "9".repeat(40_000)))),
            (
                "a huge generation",
                good.replace("\"generation\": 1", "\"generation\": 99999999999999999999")
                    .into_bytes(),
            ),
            ("an escape as id", good.replace("\"mock\"", "\"\\u001b[2J\\n\"").into_bytes()),
            ("an escape as name", good.replace("\"Mock\"", "\"\\u001b]0;x\\u0007\"").into_bytes()),
            (
                "an escape as action",
                good.replace("\"login\"", "\"\\u001b[31m\\nlogin\"").into_bytes(),
            ),
            ("an escape as host", good.replace("{setting:url}", "\\u001b[2J\\u202e").into_bytes()),
            ("10 MiB", twice(&format!("\"x\":\"{}\"", "x".repeat(10 << 20)))),
        ];
        manifests
            .into_iter()
            .map(|(name, json)| -> HostileFile<'_> {
                (format!("manifest: {name}"), Box::new(move || self.with_manifest(&json)))
            })
            .collect()
    }
}

/// Writes files that are not regular or have unusual names; returns their number.
pub fn write_irregular_files(directory: &Path, good: &[u8]) -> usize {
    let at = |name: &str| directory.join(format!("{name}.so"));
    let expected = "an irregular file";
    let sparse = |name: &str, size: u64, bytes: &[u8]| {
        fs::write(at(name), bytes).expect(expected);
        File::options().write(true).open(at(name)).expect(expected).set_len(size).expect(expected);
    };
    sparse("a gigabyte of nothing", 1 << 30, b"");
    sparse("a gigabyte behind a plugin", 1 << 30, good);
    sparse("so many MiB behind a plugin", 60 << 20, good);
    sparse("so many MiB of nothing", 60 << 20, b"\x7fELF");
    mknodat(CWD, at("fifo"), FileType::Fifo, 0o644.into(), 0).expect(expected);
    drop(UnixListener::bind(at("socket")).expect(expected));
    fs::create_dir(at("folder")).expect(expected);
    for (name, target) in [
        ("dangling", "/nowhere"),
        ("circle", "circle.so"),
        ("self", "."),
        ("zero", "/dev/zero"),
        ("stdin", "/dev/stdin"),
        ("memory", "/proc/self/mem"),
        ("messages", "/proc/self/mounts"),
        ("a long way", "/proc/self/cwd/../../../../../../../../etc/passwd"),
    ] {
        symlink(target, at(name)).expect(expected);
    }
    for (name, mode) in [("unreadable", 0o000), ("writable", 0o666)] {
        fs::write(at(name), good).expect(expected);
        set_mode(&at(name), mode);
    }
    // Only root can make devices, and not on every system.
    for (name, minor) in [("null device", 3), ("zero device", 5)] {
        let device = makedev(1, minor);
        let _ = mknodat(CWD, at(name), FileType::CharacterDevice, 0o644.into(), device);
    }
    let long = "x".repeat(252);
    for name in [
        &b"\x1b[2J\x1b]0;title\x07.so"[..],
        b"two\nlines\r.so",
        b"\xff\xfe no UTF-8 \xc0.so",
        b"\xe2\x80\xae turned round.so",
        b"-o json.so",
        b"$(reboot) `x` 'y' \".so",
        b" .so",
        format!("{long}.so").as_bytes(),
    ] {
        let name = OsString::from_vec(name.to_vec());
        fs::write(directory.join(name), "no library").expect(expected);
    }
    let entries = fs::read_dir(directory).expect("the directory");
    entries.filter(|it| it.as_ref().is_ok_and(|it| it.path().extension().is_some())).count()
}

fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    let mut all = [0; 8];
    all[..size].copy_from_slice(&bytes[at..at + size]);
    u64::from_le_bytes(all)
}
