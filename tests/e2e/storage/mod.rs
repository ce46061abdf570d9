//! The token file: its contents, and faults while it is written.

mod go_homes;
mod kept_homes;
pub mod kill_points;
mod token_file;
mod token_file_faults;
mod token_place;
