//! The commands below `system provider`, one module each.

mod list;

use crate::cli::{Global, Provider};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Provider, terminal: &Terminal) -> Result<()> {
    match command {
        Provider::List => list::run(global, terminal),
    }
}
