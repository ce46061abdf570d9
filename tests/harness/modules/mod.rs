//! The structure of `host/src`: its modules, the imports between them, and what only some files may contain.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `host/src` from the bottom to the top, with the modules that each may import.
const TABLE: [(&str, &str); 13] = [
    ("platform", ""),
    ("process", "platform"),
    ("go_program", "platform"),
    ("net", "platform"),
    ("callback", "platform"),
    ("storage", "process platform"),
    ("terminal", "process platform"),
    ("plugin", "storage terminal process platform"),
    ("providers", "plugin net storage terminal"),
    ("completion", "go_program providers plugin storage platform"),
    ("session", "providers callback net terminal process platform"),
    ("sign_in", "session providers plugin terminal storage callback net process platform"),
    (
        "commands",
        "sign_in session completion providers plugin terminal storage callback net go_program process platform",
    ),
];

/// The base files, from the bottom to the top: every module may import them, and each may import those before it. At
/// most nine, so that `host/src` stays readable.
const BASE: [&str; 7] = ["clock", "text", "nearest", "error", "output", "go_commands", "cli"];

/// The files that start the program: they may import every module, and no module may import them.
const ENTRY: [&str; 3] = ["lib", "main", "usage"];

/// The modules that may import the base file `cli`.
const IMPORTERS_OF_CLI: [&str; 2] = ["sign_in", "commands"];

/// What only the module `platform` may name: other systems have none of it, or under other names.
const INTERFACES_OF_THE_SYSTEM: [&str; 7] =
    ["std::os::", "rustix", "libc::", "signal_hook", "libloading", "landlock::", "seccompiler"];

/// The files outside of `tests` that contain `unsafe`.
const UNSAFE: [&str; 4] = [
    "host/src/platform/linux/raw.rs",
    "host/src/platform/linux/sandbox/trap.rs",
    "plugin-sdk/abi/src/lib.rs",
    "plugin-sdk/src/lib.rs",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// Every Rust file below a folder of the workspace, as a path from that folder, and its text.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = workspace().join(folder);
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let name = path.strip_prefix(&root).expect("a path below the folder");
                let text = fs::read_to_string(&path).expect("a source");
                files.push((name.display().to_string(), text));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} should contain sources");
    files.sort();
    files
}

/// The module of the crate root that a file below `host/src` belongs to.
fn module(file: &str) -> &str {
    file.split_once('/').map_or(file.trim_end_matches(".rs"), |(folder, _)| folder)
}

/// The number of modules above that of the file, `crate` included.
fn depth(file: &str) -> usize {
    let folders = file.matches('/').count();
    if file.ends_with("/mod.rs") { folders } else { folders + 1 }
}

/// Whether a file of one module may import another module.
fn may_import(importer: &str, imported: &str) -> bool {
    let base = |module: &str| BASE.iter().position(|it| *it == module);
    let row = TABLE.iter().find(|(module, _)| *module == importer);
    match (base(importer), base(imported)) {
        _ if importer == imported || ENTRY.contains(&importer) => true,
        (Some(importer), Some(imported)) => imported < importer,
        (Some(_), None) => false,
        (None, Some(_)) => imported != "cli" || IMPORTERS_OF_CLI.contains(&importer),
        (None, None) => row.is_some_and(|(_, allowed)| allowed.split(' ').any(|it| it == imported)),
    }
}

/// The modules in `host/src` that the constants above list, in alphabetical order.
fn listed() -> Vec<&'static str> {
    let above = TABLE.iter().map(|(module, _)| *module);
    let mut modules: Vec<_> = above.chain(BASE).chain(ENTRY).collect();
    modules.sort_unstable();
    modules
}

#[test]
fn each_module_of_the_host_imports_only_the_modules_below_it() {
    let mut arrows = Vec::new();
    for (file, text) in files("host/src").iter().filter(|(file, _)| !is_test(file)) {
        for imported in source::imports(&source::code(text), depth(file), &listed()) {
            if !may_import(module(file), &imported) {
                arrows.push(format!("host/src/{file} -> {imported}"));
            }
        }
    }
    assert!(arrows.is_empty(), "imports that the table does not allow:\n{}", arrows.join("\n"));
}

#[test]
fn the_table_of_imports_has_no_cycle() {
    for (at, (module, allowed)) in TABLE.iter().enumerate() {
        for imported in allowed.split_terminator(' ') {
            let is_below = TABLE[..at].iter().any(|(it, _)| *it == imported);
            assert!(is_below, "{module} -> {imported} should point down");
        }
    }
}

#[test]
fn host_src_contains_only_the_listed_modules() {
    let files = files("host/src");
    let mut modules: Vec<_> = files.iter().map(|(file, _)| module(file)).collect();
    modules.sort_unstable();
    modules.dedup();
    assert_eq!(modules, listed());
}

#[test]
fn only_the_module_platform_depends_on_the_operating_system() {
    let mut found = Vec::new();
    for (file, text) in files("host/src") {
        if module(&file) != "platform" && !is_test(&file) {
            let conditions = source::system_conditions(&source::code(&text)).into_iter();
            found.extend(conditions.map(|it| format!("host/src/{file}: {it}")));
        }
    }
    assert!(found.is_empty(), "conditions outside of platform:\n{}", found.join("\n"));
}

#[test]
fn only_the_module_platform_names_an_interface_of_the_system() {
    let mut found = Vec::new();
    for (file, text) in files("host/src") {
        if module(&file) != "platform" && !is_test(&file) {
            let code = source::code(&text);
            let named = INTERFACES_OF_THE_SYSTEM.iter().filter(|it| code.contains(*it));
            found.extend(named.map(|it| format!("host/src/{file}: {it}")));
        }
    }
    assert!(found.is_empty(), "interfaces named outside of platform:\n{}", found.join("\n"));
}

#[test]
fn unsafe_is_in_four_files_of_the_workspace() {
    let folders = ["core", "providers", "host", "plugin-sdk"];
    let files = folders.into_iter().flat_map(|folder| {
        files(folder).into_iter().map(move |(file, text)| (format!("{folder}/{file}"), text))
    });
    let with_unsafe = files.filter(|(_, text)| source::has_unsafe(&source::code(text)));
    let mut names: Vec<_> = with_unsafe.map(|(file, _)| file).collect();
    names.sort();
    assert_eq!(names, UNSAFE);
}

#[test]
fn an_import_is_found_in_every_form_of_a_path() {
    let text = r##"
        use crate::{alpha, beta::{B, c}, gamma::delta as epsilon};
        pub(crate) use crate::zeta::Z;
        // use crate::comment;
        fn f<'a>(x: &'a str) -> char { let _ = "crate::text \" {"; let _ = r#"crate::raw " "#; '{' }
        fn g() { crate::eta::call('\''); super::super::theta::call(); super::super::item(); super::inside(); }
        macro_rules! m { () => { $crate::iota::call() } }
        #[cfg(test)]
        mod tests { use crate::test; fn f() { if true {} } }
        fn h() { my_crate::other(); crate::kappa(); }
    "##;
    let found = source::imports(&source::code(text), 2, &["theta"]);
    let expected = ["alpha", "beta", "eta", "gamma", "iota", "kappa", "theta", "zeta"];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_condition_on_the_system_is_found_in_every_form() {
    let text = r#"
        #[cfg(unix)] fn a() {}
        #[cfg(all(not(target_os = "linux"), feature = "x"))] fn b() {}
        #[cfg_attr(windows, path = "w.rs")] mod c;
        fn d() -> bool { cfg!(target_family = "unix") }
        // #[cfg(unix)]
        #[cfg(target_arch = "x86_64")] fn e() {}
        #[cfg(test)] mod tests {}
    "#;
    let expected = [
        "unix",
        r#"all(not(target_os = ""), feature = "")"#,
        r#"windows, path = """#,
        r#"target_family = """#,
    ];
    assert_eq!(source::system_conditions(&source::code(text)), expected);
}

/// A file that is a module of tests.
fn is_test(file: &str) -> bool {
    file.ends_with("/tests.rs")
}
