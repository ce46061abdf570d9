//! The commands below `system provider`, one module each.

mod configure;
mod default;
pub(super) mod leftover;
mod list;
mod reset;
mod set;
pub(super) mod values;
mod view;

use crate::cli::{Global, Provider};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Provider, terminal: &Terminal) -> Result<()> {
    match command {
        Provider::List => list::run(global, terminal),
        Provider::Configure(args) => configure::run(global, args, terminal),
        Provider::Default(args) => default::run(global, args, terminal),
        Provider::View { all } => view::run(global, *all, terminal),
        Provider::Set(args) => set::run(global, args, terminal),
        Provider::Reset => reset::run(global, terminal),
    }
}
