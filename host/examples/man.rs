//! Writes the manual pages into a folder, one for each command: `cargo run -p mesheryctl --example man -- FOLDER`.
//!
//! Their date is that of `SOURCE_DATE_EPOCH`, so that a build can be reproduced, else today.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap_mangen::Man;
use jiff::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: man FOLDER")?;
    fs::create_dir_all(&folder)?;
    let date = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => Timestamp::from_second(seconds.parse()?)?,
        Err(_) => Timestamp::now(),
    };
    let mut definition = mesheryctl::definition().disable_help_subcommand(true);
    definition.build();
    write(&definition, &date.strftime("%Y-%m-%d").to_string(), &folder)?;
    Ok(())
}

fn write(command: &clap::Command, date: &str, folder: &Path) -> std::io::Result<()> {
    command.get_subcommands().try_for_each(|it| write(it, date, folder))?;
    let source = format!("mesheryctl {}", env!("CARGO_PKG_VERSION"));
    let page = Man::new(command.clone()).date(date).source(source).manual("Meshery");
    page.generate_to(folder).map(drop)
}
