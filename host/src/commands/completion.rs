//! `completion`: prints the script that makes a shell complete the commands of this program.

use std::env;

use clap_complete::Shell;

use crate::completion;
use crate::error::{Code, Error, Result};
use crate::output::print;

pub fn run(shell: Shell) -> Result<()> {
    let program = env::args_os().next().unwrap_or_else(|| "mesheryctl".into());
    let script = completion::script(&shell.to_string(), &program);
    print(&script.map_err(|it| Error::new(Code::Unsupported, format!("No script: {it}.")))?)
}
