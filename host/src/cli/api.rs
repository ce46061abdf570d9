//! `api`: its flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::duration;

#[derive(Debug, Args)]
pub struct Api {
    /// A path, or a method and a path
    #[arg(required = true, num_args = 1..=2, value_name = "PATH", value_hint = ValueHint::Other)]
    pub request: Vec<String>,
    /// HTTP method [default: GET, or POST with fields or an input]
    #[arg(short = 'X', long, value_name = "METHOD", value_hint = ValueHint::Other)]
    pub method: Option<String>,
    /// Add a field of text; may be repeated; `a[b]=` and `a[]=` nest
    #[arg(short = 'f', long, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub raw_field: Vec<String>,
    /// Add a field: true, false, null, a whole number, @FILE, @- or text
    #[arg(short = 'F', long, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub field: Vec<String>,
    /// Send this file as the body, or - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: Option<PathBuf>,
    /// Add a header; may be repeated
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_hint = ValueHint::Other)]
    pub header: Vec<String>,
    /// Print status and headers before the body
    #[arg(short, long, conflicts_with = "paginate")]
    pub include: bool,
    /// Request every page of a list, and print one list
    #[arg(long)]
    pub paginate: bool,
    /// Write the body to this file, once it is complete
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output_file: Option<PathBuf>,
    /// Time to wait for the answer, and for more of it, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, default_value = "60s", value_parser = duration)]
    pub timeout: Duration,
    /// Send the token of this auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
}
