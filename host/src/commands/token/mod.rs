//! The commands below `system token`, one module each.

mod create;
mod delete;
mod list;
mod refresh;
mod set;
mod view;

use crate::cli::{Global, Token};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Token, terminal: &Terminal) -> Result<()> {
    match command {
        Token::Create(args) => create::run(global, args, terminal),
        Token::Delete { name } => delete::run(global, name, terminal),
        Token::List => list::run(global, terminal),
        Token::Set { name } => set::run(global, name, terminal),
        Token::Refresh => refresh::run(global, terminal),
        Token::View(args) => view::run(global, args, terminal),
    }
}
