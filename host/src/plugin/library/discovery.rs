//! Discovery of plugins: reads the manifests in the plugin directory without loading any library, and rejects files by
//! owner, permissions, size, system, architecture and manifest.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::{MAX_SECTION_LENGTH, Manifest, decode_section, section_names};
use object::read::{Object, ObjectSection, ReadCache, ReadRef};
use object::{Architecture, BinaryFormat};

use super::block_reader::BlockReader;
use crate::error::Command;
use crate::platform::files::{self, Writers};

/// The largest library that is read, in bytes.
pub const MAX_LENGTH: u64 = 64 * 1024 * 1024;

const MAX_SECTIONS: usize = 1024;

/// A file in the plugin directory with the extension of a shared library.
#[derive(Debug)]
pub struct PluginFile {
    pub path: PathBuf,
    /// The manifest, or the reason why the plugin cannot be used.
    pub manifest: Result<Manifest, String>,
    /// A warning about a usable file.
    pub note: Option<String>,
}

impl PluginFile {
    pub fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The files in `directory` with the extension of a shared library, sorted by name; none if the directory does not
/// exist.
///
/// # Errors
/// The directory exists and cannot be read.
pub fn scan(directory: &Path) -> io::Result<Vec<PluginFile>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|it| it.path()))
        .filter(|path| path.extension().is_some_and(|it| it == std::env::consts::DLL_EXTENSION))
        .collect();
    paths.sort();
    Ok(paths.into_iter().map(inspect).collect())
}

/// Reads the manifest of one file.
pub fn inspect(path: PathBuf) -> PluginFile {
    let read = open(&path).and_then(|(file, data)| {
        let json = read(&file, &data)?;
        Ok((parse(&json)?, notes(&path, &data, &json)))
    });
    match read {
        Ok((manifest, notes)) => {
            let note = (!notes.is_empty()).then(|| notes.join("; "));
            PluginFile { path, manifest: Ok(manifest), note }
        }
        Err(why) => PluginFile { path, manifest: Err(why), note: None },
    }
}

/// Opens a file that can be a plugin: a regular file of limited size that belongs to the person or root and is not
/// writable for every user. Links are followed, and their target is checked.
pub fn open(path: &Path) -> Result<(File, Metadata), String> {
    // Opening a FIFO would block until it has a writer.
    let file =
        files::without_waiting(OpenOptions::new().read(true)).open(path).map_err(|error| {
            match error.kind() {
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                io::ErrorKind::NotFound => "it is a broken link".to_owned(),
                _ => error.to_string(),
            }
        })?;
    let data = file.metadata().map_err(|error| error.to_string())?;
    if !data.is_file() {
        return Err("it is not a file".into());
    }
    if data.len() > MAX_LENGTH {
        return Err("it is larger than 64 MiB".into());
    }
    check_owner(path, &data)?;
    Ok((file, data))
}

/// Rejects a file that another user could change after the person inspected it.
fn check_owner(path: &Path, data: &Metadata) -> Result<(), String> {
    let path = path.display().to_string();
    if files::writers(data) == Writers::Everybody {
        let mend = Command::from("chmod o-w").value(path);
        return Err(format!("any user can write to it; fix it with: {mend}"));
    }
    if files::is_of_another_user(data) {
        let mend = Command::from("chown \"$USER\"").value(path);
        return Err(format!("it is owned by another user; fix it with: {mend}"));
    }
    Ok(())
}

fn notes(path: &Path, data: &Metadata, json: &str) -> Vec<String> {
    let mend = Command::from("chmod g-w").value(path.display().to_string());
    let is_open = files::writers(data) == Writers::Group;
    let of_file = is_open.then(|| format!("its group can write to it: {mend}"));
    let unknown = Manifest::unknown_parts(json).into_iter();
    of_file.into_iter().chain(unknown.map(|it| format!("in its manifest {it}"))).collect()
}

/// Reads the manifest's text without mapping the file: if the file shrinks, the read fails instead of raising SIGBUS.
fn read(file: &File, data: &Metadata) -> Result<String, String> {
    json_of(&ReadCache::new(BlockReader::of(file, data.len())))
}

/// The valid manifest of a library for this system and architecture.
pub fn manifest_of<'data>(library: impl ReadRef<'data>) -> Result<Manifest, String> {
    parse(&json_of(library)?)
}

fn parse(json: &str) -> Result<Manifest, String> {
    Manifest::parse(json).map_err(|why| format!("its manifest is invalid: {why}"))
}

/// The text of a library's manifest, from exactly one section.
pub fn json_of<'data>(library: impl ReadRef<'data>) -> Result<String, String> {
    let library = object::File::parse(library).map_err(|_| "it is not a shared library")?;
    check_platform(&library)?;
    let wanted = match library.format() {
        BinaryFormat::MachO => section_names::MACH_O,
        BinaryFormat::Pe => section_names::PE,
        _ => section_names::ELF,
    };
    // Bounds the lookup of section names: a real library has a few dozen.
    if library.sections().nth(MAX_SECTIONS).is_some() {
        return Err("it has too many sections".into());
    }
    let mut sections = library.sections().filter(|it| it.name() == Ok(wanted));
    let section = sections.next().ok_or("it is not a provider plugin: it has no manifest")?;
    if sections.next().is_some() {
        return Err("it has two manifests".into());
    }
    if section.size() > MAX_SECTION_LENGTH as u64 {
        return Err("its manifest is larger than 64 KiB".into());
    }
    let bytes = section.data().map_err(|_| "its manifest cannot be read")?;
    Ok(decode_section(bytes).ok_or("its manifest is corrupt")?.to_owned())
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
