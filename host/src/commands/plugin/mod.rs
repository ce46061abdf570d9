//! The commands below `plugin`, one module each.

mod cargo;
mod inspect;
mod list;
mod new;
mod redaction;
mod source;
mod trace;
mod trust;
mod try_out;
mod validate;

use crate::cli::{Global, Plugin};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Plugin, terminal: &Terminal) -> Result<()> {
    match command {
        Plugin::List => list::run(global, terminal),
        Plugin::Inspect { file } => inspect::run(file, global, terminal),
        Plugin::New(args) => new::run(args, global, terminal),
        Plugin::Trust(args) => trust::trust(args, global, terminal),
        Plugin::Validate(args) => validate::run(args, global, terminal),
        Plugin::Try(args) => try_out::run(args, global, terminal),
        Plugin::Untrust { id } => trust::untrust(id, global, terminal),
    }
}
