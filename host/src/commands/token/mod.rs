//! The commands below `system token`, one module each.

mod refresh;
mod view;

use crate::cli::{Global, Token};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Token, terminal: &Terminal) -> Result<()> {
    match command {
        Token::Refresh => refresh::run(global, terminal),
        Token::View(args) => view::run(global, args, terminal),
    }
}
