//! The floor of a command that prints: starts, prints one line, ends.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "mesheryctl 0.1.0")
}
