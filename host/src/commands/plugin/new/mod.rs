//! `plugin new`: writes a plugin that builds, passes its tests and signs in.

mod folder;
mod kind;
mod name;
mod project;

use std::env;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use crate::cli::{Global, NewPlugin, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::{print, print_json};
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::text::Line;
use name::Name;

pub fn run(args: &NewPlugin, global: &Global, terminal: &Terminal) -> Result<()> {
    let name = Name::parse(&args.name)?;
    let sdk = args.sdk_path.as_deref().map(sdk).transpose()?;
    let folder = args.dir.clone().unwrap_or_else(|| PathBuf::from(&name.id));
    let home = Home::find(global.plugins_dir.as_deref())?;
    let commands = commands(&name, &folder, &home, global)?;
    let files = project::files(&kind::example(args.kind), &name, sdk.as_deref());
    folder::create(&folder, &files)?;
    let kind = args.kind.to_possible_value();
    let kind = kind.as_ref().map_or("", |it| it.get_name());
    if global.output == Output::Json {
        return print_json(&json!({
            "id": name.id,
            "kind": kind,
            "directory": folder.display().to_string(),
            "files": files.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            "commands": commands.iter().map(Command::to_string).collect::<Vec<_>>(),
        }));
    }
    let shown = Line::new(folder.display().to_string());
    terminal.done(&format!("The plugin {}, of the kind {kind}, is in {shown}.", name.id));
    terminal.say("To build it, to install it and to sign in with it:");
    print(&commands.iter().map(|it| format!("  {it}\n")).collect::<String>())?;
    terminal.say("Its README.md says what to change, and how to check it.");
    if sdk.is_some() {
        terminal.say("Its Cargo.toml names the folder of the SDK, which only this computer has.");
    }
    Ok(())
}

/// The folder of the SDK, absolute.
fn sdk(folder: &Path) -> Result<PathBuf> {
    let is_sdk = |folder: &Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|it| it.trim() == "name = \"mesheryctl-plugin-sdk\"")
    };
    let absolute = folder.canonicalize().ok().filter(|it| it.to_str().is_some());
    if let Some(absolute) = absolute.filter(|it| is_sdk(it)) {
        return Ok(absolute);
    }
    let shown = Line::new(folder.display().to_string());
    let message = format!("{shown} is not the folder of the crate mesheryctl-plugin-sdk.");
    let below = folder.join("plugin-sdk");
    let path = match is_sdk(&below) {
        true => Command::again().literal("--sdk-path").value(below.display().to_string()),
        false => Command::from("--sdk-path CHECKOUT/plugin-sdk"),
    };
    Err(Error::new(Code::Unreadable, message)
        .nothing_changed()
        .next(Suggestion::new("Name it", path)))
}

/// What builds the plugin, installs it and signs in with it.
fn commands(name: &Name, folder: &Path, home: &Home, global: &Global) -> Result<[Command; 3]> {
    let build = Command::from("cd").value(folder.display().to_string());
    let target = env::var("CARGO_TARGET_DIR").ok().filter(|it| !it.is_empty());
    let target = PathBuf::from(target.as_deref().unwrap_or("target"));
    let library = target.join("release").join(name.library());
    let directory = home.plugins()?;
    let to = |command: Command| match home.short(&directory).as_str() {
        "~/.meshery/plugins" => command.literal("~/.meshery/plugins"),
        _ => command.value(directory.display().to_string()),
    };
    let copy = to(Command::from("mkdir -p")).literal("&& cp");
    let copy = to(copy.value(library.display().to_string()));
    let login = Command::from("mesheryctl system login --provider").value(&name.id);
    let login = match &global.plugins_dir {
        Some(_) => login.literal("--plugins-dir").value(directory.display().to_string()),
        None => login,
    };
    Ok([build.literal("&& cargo build --release"), copy, login])
}
