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
    let sdk = args.sdk_path.as_deref().map(|it| sdk(it, args)).transpose()?;
    let folder = args.dir.clone().unwrap_or_else(|| PathBuf::from(&name.id));
    let home = Home::find(global.plugins_dir.as_deref())?;
    let commands = commands(&name, &folder, &home, global)?;
    let files = project::files(&kind::example(args.kind), &name, sdk.as_deref());
    folder::create(&folder, &files, again(args, args.sdk_path.as_deref()))?;
    let kind = kind_name(args);
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

fn kind_name(args: &NewPlugin) -> String {
    args.kind.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
}

/// The command that was typed, with this folder of the SDK and without `--dir`: a flag that is given twice is refused.
fn again(args: &NewPlugin, sdk: Option<&Path>) -> Command {
    let command = Command::from("mesheryctl plugin new").value(&args.name);
    let command = command.literal("--kind").value(kind_name(args));
    match sdk {
        Some(sdk) => command.literal("--sdk-path").value(operand(sdk)),
        None => command,
    }
}

fn with_dir(command: Command, args: &NewPlugin) -> Command {
    match &args.dir {
        Some(folder) => command.literal("--dir").value(operand(folder)),
        None => command,
    }
}

/// The path as a word that no program takes for a flag.
fn operand(path: &Path) -> String {
    let shown = path.display().to_string();
    if shown.starts_with('-') { format!("./{shown}") } else { shown }
}

/// The folder of the SDK, absolute.
fn sdk(folder: &Path, args: &NewPlugin) -> Result<PathBuf> {
    let is_sdk = |folder: &Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|it| it.trim() == "name = \"mesheryctl-plugin-sdk\"")
    };
    // TOML has no form for some control characters that JSON writes as they are.
    let is_text = |it: &&str| !it.contains(char::is_control);
    let absolute = folder.canonicalize().ok();
    let absolute = absolute.filter(|it| it.to_str().as_ref().is_some_and(is_text));
    if let Some(absolute) = absolute.filter(|it| is_sdk(it)) {
        return Ok(absolute);
    }
    let shown = Line::new(folder.display().to_string());
    if is_sdk(folder) {
        let message = format!("{shown} cannot be written to a Cargo.toml: it is not plain text.");
        return Err(Error::new(Code::Unreadable, message).nothing_changed());
    }
    let message = format!("{shown} is not the folder of the crate mesheryctl-plugin-sdk.");
    let below = folder.join("plugin-sdk");
    let path = match is_sdk(&below) {
        true => with_dir(again(args, Some(&below)), args),
        false => Command::from("--sdk-path CHECKOUT/plugin-sdk"),
    };
    Err(Error::new(Code::Unreadable, message)
        .nothing_changed()
        .next(Suggestion::new("Name it", path)))
}

/// What builds the plugin, installs it and signs in with it.
fn commands(name: &Name, folder: &Path, home: &Home, global: &Global) -> Result<[Command; 3]> {
    let build = Command::from("cd").value(operand(folder));
    let target = env::var("CARGO_TARGET_DIR").ok().filter(|it| !it.is_empty());
    let target = PathBuf::from(target.as_deref().unwrap_or("target"));
    let library = target.join("release").join(name.library());
    let directory = home.plugins()?;
    let to = |command: Command| match home.short(&directory).as_str() {
        "~/.meshery/plugins" => command.literal("~/.meshery/plugins"),
        _ => command.value(operand(&directory)),
    };
    let copy = to(Command::from("mkdir -p")).literal("&& cp");
    let copy = to(copy.value(operand(&library)));
    let login = Command::from("mesheryctl system login --provider").value(&name.id);
    let login = match &global.plugins_dir {
        Some(_) => login.literal("--plugins-dir").value(operand(&directory)),
        None => login,
    };
    Ok([build.literal("&& cargo build --release"), copy, login])
}
