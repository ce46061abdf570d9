//! The commands below `system context`, one module each.

mod create;
mod delete;
mod list;
mod ping;
mod signed_in;
mod switch;
mod view;

pub use create::{TOKEN, default_token};

use crate::cli::{Context, Global};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(global: &Global, command: &Context, terminal: &Terminal) -> Result<()> {
    match command {
        Context::Create(args) => create::run(global, args, terminal),
        Context::Delete(args) => delete::run(global, args, terminal),
        Context::List => list::run(global, terminal),
        Context::View(args) => view::run(global, args, terminal),
        Context::Switch { name } => switch::run(global, name, terminal),
        Context::Ping { name } => ping::run(global, name.as_deref(), terminal),
    }
}
