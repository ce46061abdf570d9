//! A plugin outside of this repository: the one of the SDK's README, against the packaged files. Offline.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mesheryctl_tests::*;

/// The packages, in the order in which they are published.
const PACKAGES: [(&str, &str); 3] = [
    ("mesheryctl-plugin-abi", "plugin-sdk/abi"),
    ("mesheryctl-core", "core"),
    ("mesheryctl-plugin-sdk", "plugin-sdk"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the command, and returns what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    assert!(output.status.success(), "{command:?}\n{}\n{}", said[0], said[1]);
    said.concat()
}

/// The unpacked packages, and a plugin that has them as its dependencies.
pub struct Outside {
    folder: tempfile::TempDir,
}

impl Outside {
    pub fn unpacked() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Several at once: cargo resolves among them what is on no registry.
        let mut package = cargo();
        package.args(["package", "--quiet", "--offline", "--no-verify", "--allow-dirty"]);
        package.args(PACKAGES.iter().flat_map(|(name, _)| ["--package", name]));
        run(package.env("CARGO_TARGET_DIR", folder.path()));
        for file in fs::read_dir(folder.path().join("package")).unwrap() {
            let file = file.unwrap().path();
            if file.extension() == Some("crate".as_ref()) {
                run(Command::new("tar").arg("xf").arg(file).current_dir(folder.path()));
            }
        }
        Self { folder }
    }

    /// Where a package is unpacked.
    fn package(&self, name: &str) -> PathBuf {
        let mut folders = fs::read_dir(self.folder.path()).unwrap().map(|it| it.unwrap().path());
        let is_wanted = |it: &PathBuf| {
            let file = it.file_name().unwrap().to_string_lossy().into_owned();
            let version = file.strip_prefix(name).and_then(|it| it.strip_prefix('-'));
            version.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
        };
        folders.find(is_wanted).unwrap_or_else(|| panic!("{name} is not packaged"))
    }

    /// Writes the plugin of the packaged README, with these features of the SDK.
    fn plugin(&self, features: &str) -> PathBuf {
        let manifest = self.readme("toml").replace(
            "mesheryctl-plugin-sdk = \"0.1\"",
            &format!("mesheryctl-plugin-sdk = {{ version = \"0.1\", features = [{features}] }}"),
        );
        self.write_crate("acme", manifest, "lib.rs", &self.readme("rust"))
    }

    /// Writes a crate with this manifest and this source. The versions of other crates are those of this repository, which are on
    /// this computer.
    pub fn write_crate(&self, name: &str, manifest: String, file: &str, source: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src").join(file), source).unwrap();
        let mut manifest = manifest
            + "\n[workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n\n[patch.crates-io]\n";
        for (name, _) in PACKAGES {
            manifest += &format!("{name} = {{ path = {:?} }}\n", self.package(name));
        }
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        folder
    }

    /// A block of the packaged README in this language.
    fn readme(&self, language: &str) -> String {
        let readme = self.package("mesheryctl-plugin-sdk").join("README.md");
        let readme = fs::read_to_string(readme).unwrap();
        let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    }
}

#[test]
fn a_plugin_outside_of_this_repository_builds_and_tests_against_the_packaged_files() {
    let outside = Outside::unpacked();
    let plugin = outside.plugin("");
    let said = run(cargo().args(["test", "--offline"]).current_dir(&plugin));
    for test in [
        "provider_json_is_valid",
        "tests::a_key_is_exchanged_for_a_token",
        "tests::a_key_that_is_not_accepted_is_a_denial",
        "tests::every_step_that_goes_wrong_is_treated",
    ] {
        assert!(said.contains(&format!("test {test} ... ok")), "{said}");
    }
    run(cargo().args(["build", "--quiet", "--offline"]).current_dir(&plugin));
    let library = target_directory().join("debug/libacme_provider.so");
    let library = library.to_string_lossy().into_owned();
    let run = Home::new().mesheryctl().args(["plugin", "inspect", library.as_str()]).run();
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("Signs in with an access key of Acme."), "{run}");
}

#[test]
fn each_package_has_its_licence_its_readme_and_no_path_outside() {
    let outside = Outside::unpacked();
    let licence = fs::read_to_string(root().join("LICENSE")).unwrap();
    for (name, folder) in PACKAGES {
        let package = outside.package(name);
        assert_eq!(fs::read_to_string(package.join("LICENSE")).unwrap(), licence, "{name}");
        let readme = fs::read_to_string(package.join("README.md")).unwrap();
        assert_eq!(readme, fs::read_to_string(root().join(folder).join("README.md")).unwrap());
        let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
        let rust = manifest.lines().find_map(|it| it.strip_prefix("rust-version = "));
        let rust = rust.unwrap().trim_matches('"');
        assert!(readme.contains(&format!("Rust {rust} or later")), "{name}: {readme}");
        let fields = ["description", "documentation", "repository", "keywords", "categories"];
        for field in fields {
            assert!(manifest.contains(&format!("\n{field} = ")), "{name} has no {field}");
        }
    }
}

/// The oldest Rust for plugins. Unlike the rest it is no part of the checkout and no package of the system: .ci/run fetches it
/// where it can.
pub struct OldestRust {
    cargo: PathBuf,
    rustc: PathBuf,
}

impl OldestRust {
    /// `None` where it is not installed: prints that the test is skipped.
    pub fn installed(outside: &Outside) -> Option<Self> {
        let manifest = outside.package("mesheryctl-plugin-sdk").join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        let rust = manifest.lines().find_map(|it| it.strip_prefix("rust-version = ")).unwrap();
        let toolchain = format!("{}.0", rust.trim_matches('"'));
        let which = |program: &str| {
            let which = ["which", "--toolchain", &toolchain, program];
            let which = Command::new("rustup").args(which).output().ok()?;
            let path = String::from_utf8(which.stdout).unwrap();
            which.status.success().then(|| PathBuf::from(path.trim()))
        };
        let (Some(cargo), Some(rustc)) = (which("cargo"), which("rustc")) else {
            // Not with a print macro: the test runner hides its output when the test passes.
            use std::io::Write as _;
            let install = format!("rustup toolchain install {toolchain} --profile minimal");
            let _ = writeln!(std::io::stderr(), "SKIPPED for want of Rust {toolchain}: {install}");
            return None;
        };
        Some(Self { cargo, rustc })
    }

    /// Its cargo, in this folder and with a target directory of its own.
    pub fn cargo(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.cargo);
        for (name, value) in cargo().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("CARGO_TARGET_DIR", target_directory().join("oldest-rust"));
        command.env("RUSTC", &self.rustc).env_remove("RUSTUP_TOOLCHAIN").current_dir(folder);
        command
    }
}

#[test]
fn the_packages_compile_with_the_oldest_rust_that_they_name() {
    let outside = Outside::unpacked();
    let Some(rust) = OldestRust::installed(&outside) else { return };
    let plugin = outside.plugin("\"oauth\"");
    run(rust.cargo(&plugin).args(["check", "--quiet", "--offline", "--all-targets"]));
    // It evaluates constants like a later one.
    let source = plugin.join("src/lib.rs");
    let code = fs::read_to_string(&source).unwrap();
    fs::write(&source, code.replace("\"hosts\":", "\"host\":")).unwrap();
    let output = rust.cargo(&plugin).args(["check", "--quiet", "--offline"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("provider.json: the field \"host\" is unknown"), "{said}");
}
