//! The commands below `system provider`, one module each.

mod configure;
mod default;
mod list;
pub(super) mod values;

use crate::cli::{Global, Provider};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Provider, terminal: &Terminal) -> Result<()> {
    match command {
        Provider::List => list::run(global, terminal),
        Provider::Configure(args) => configure::run(global, args, terminal),
        Provider::Default(args) => default::run(global, args, terminal),
    }
}
