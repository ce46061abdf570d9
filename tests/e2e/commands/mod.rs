//! The other commands, the command line and JSON output.

mod check_and_logout;
mod check_verdict;
mod command_line;
mod contexts;
mod doctor;
mod json;
mod remedies;
