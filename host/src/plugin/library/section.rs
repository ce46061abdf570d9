//! The section of a library that contains the manifest, and the system and architecture that a library is for.

use std::fmt;

use mesheryctl_core::manifest::{MAX_SECTION_LENGTH, decode_section, section_names};
use object::elf::{DT_NEEDED, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader, SectionHeader};
use object::read::{FileKind, Object, ObjectSection, ReadRef};
use object::{Architecture, BinaryFormat, Endianness, pod};

/// Bounds the look-up of section names: a real library has a few dozen.
const MAX_SECTIONS: usize = 1024;

/// What is read of the libraries that one needs: how many, and how many bytes of the name of each.
const MAX_NEEDED: usize = 64;
const MAX_NAME: usize = 255;

/// The text of a library's manifest, from exactly one section.
///
/// # Errors
/// A clause that says why the library has none.
pub fn json_of<'data>(library: impl ReadRef<'data>) -> Result<String, String> {
    let section = match FileKind::parse(library).map_err(not_a_library)? {
        FileKind::Elf32 => of_elf::<FileHeader32<Endianness>>(library)?,
        FileKind::Elf64 => of_elf::<FileHeader64<Endianness>>(library)?,
        _ => of_another_format(library)?,
    };
    Ok(decode_section(section).ok_or("its manifest is corrupt")?.to_owned())
}

/// The libraries that an ELF library is linked with; none of another format.
///
/// # Errors
/// A clause that says why it cannot be read.
pub fn needed<'data>(library: impl ReadRef<'data>) -> Result<Vec<String>, String> {
    match FileKind::parse(library).map_err(not_a_library)? {
        FileKind::Elf32 => needed_by_elf::<FileHeader32<Endianness>>(library),
        FileKind::Elf64 => needed_by_elf::<FileHeader64<Endianness>>(library),
        _ => Ok(Vec::new()),
    }
}

fn needed_by_elf<'data, E: FileHeader<Endian = Endianness>>(
    library: impl ReadRef<'data>,
) -> Result<Vec<String>, String> {
    let header = E::parse(library).map_err(not_a_library)?;
    let endian = header.endian().map_err(not_a_library)?;
    let sections = header.sections(endian, library).map_err(not_a_library)?;
    let Some((entries, names)) = sections.dynamic(endian, library).map_err(unreadable)? else {
        return Ok(Vec::new());
    };
    let names = sections.strings(endian, library, names).map_err(unreadable)?;
    let needed = entries.iter().filter(|it| it.tag(endian) == DT_NEEDED).take(MAX_NEEDED);
    let name = |it: &E::Dyn| {
        let name = it.string(endian, names).map_err(unreadable)?;
        Ok(String::from_utf8_lossy(&name[..name.len().min(MAX_NAME)]).into_owned())
    };
    needed.map(name).collect()
}

/// Reads the header and the table of sections only: `object::File` reads all symbols too, which may be megabytes.
fn of_elf<'data, E: FileHeader<Endian = Endianness>>(
    library: impl ReadRef<'data>,
) -> Result<&'data [u8], String> {
    let header = E::parse(library).map_err(not_a_library)?;
    check_platform(&object::File::parse(&*without_tables(header)).map_err(not_a_library)?)?;
    let endian = header.endian().map_err(not_a_library)?;
    let sections = header.sections(endian, library).map_err(not_a_library)?;
    let index = header.section_strings_index(endian, library).map_err(not_a_library)?;
    let names = sections.section(index).map_err(not_a_library)?.sh_offset(endian).into();
    let wanted = [section_names::ELF.as_bytes(), b"\0"].concat();
    // The name is compared where it is: its end need not be looked for.
    let is_wanted = |it: &&E::SectionHeader| {
        let at = u64::checked_add(names, it.sh_name(endian).into());
        let name = at.and_then(|at| library.read_bytes_at(at, wanted.len() as u64).ok());
        name == Some(&wanted)
    };
    let section = only(sections.iter(), is_wanted)?;
    check_length(section.sh_size(endian).into())?;
    section.data(endian, library).map_err(unreadable)
}

fn of_another_format<'data>(library: impl ReadRef<'data>) -> Result<&'data [u8], String> {
    let library = object::File::parse(library).map_err(not_a_library)?;
    check_platform(&library)?;
    let wanted = match library.format() {
        BinaryFormat::MachO => section_names::MACH_O,
        _ => section_names::PE,
    };
    let section = only(library.sections(), |it| it.name() == Ok(wanted))?;
    check_length(section.size())?;
    section.data().map_err(unreadable)
}

/// The one section that is wanted.
fn only<S>(sections: impl Iterator<Item = S>, is_wanted: impl Fn(&S) -> bool) -> Result<S, String> {
    let mut only = None;
    for (index, section) in sections.enumerate() {
        if index == MAX_SECTIONS {
            return Err("it has too many sections".into());
        }
        if is_wanted(&section) && only.replace(section).is_some() {
            return Err("it has two manifests".into());
        }
    }
    only.ok_or_else(|| "it is not a provider plugin: it has no manifest".into())
}

fn check_length(length: u64) -> Result<(), String> {
    match length > MAX_SECTION_LENGTH as u64 {
        true => Err("its manifest is larger than 64 KiB".into()),
        false => Ok(()),
    }
}

/// The header of an ELF file that has neither sections nor program headers, which is a file of its own.
fn without_tables<E: FileHeader>(header: &E) -> Vec<u8> {
    let mut bytes = pod::bytes_of(header).to_vec();
    // The offsets of both tables, which are of the size of an address.
    let tables = if header.is_class_64() { 32..48 } else { 28..36 };
    bytes[tables].fill(0);
    bytes
}

fn check_platform<'data>(library: &object::File<'data, impl ReadRef<'data>>) -> Result<(), String> {
    let format = match std::env::consts::OS {
        "macos" => BinaryFormat::MachO,
        "windows" => BinaryFormat::Pe,
        _ => BinaryFormat::Elf,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "arm" => Architecture::Arm,
        "x86" => Architecture::I386,
        "riscv64" => Architecture::Riscv64,
        "s390x" => Architecture::S390x,
        "powerpc64" => Architecture::PowerPc64,
        _ => library.architecture(),
    };
    if library.format() != format {
        return Err("it was built for another operating system".into());
    }
    if library.architecture() != architecture {
        return Err(format!(
            "it was built for another architecture ({:?})",
            library.architecture()
        ));
    }
    Ok(())
}

fn not_a_library(_: impl fmt::Debug) -> String {
    "it is not a shared library".into()
}

fn unreadable(_: impl fmt::Debug) -> String {
    "its sections cannot be read".into()
}
