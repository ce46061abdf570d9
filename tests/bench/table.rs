//! The two tables, in Markdown.

use crate::growth::Grown;
use crate::measure::Measured;
use crate::memory::Size;

/// The costs of commands, with their floors.
pub fn of_costs(measured: &[Measured], sizes: &[Size]) -> String {
    let head = ["what", "command", "minimum", "median", "ratio", "to", "runs"];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in measured {
        let (ratio, floor) = compared(row.floor);
        let (min, median) = (milliseconds(row.min()), milliseconds(row.median()));
        let runs = row.times.len().to_string();
        rows.push(vec![row.group.clone(), row.name.clone(), min, median, ratio, floor, runs]);
    }
    for size in sizes {
        let (ratio, floor) = compared(size.floor);
        let mebibytes = mebibytes(size.mebibytes);
        let name = size.name.to_owned();
        let cells = [size.group.to_owned(), name, String::new(), mebibytes, ratio, floor];
        rows.push(cells.into_iter().chain(["1".to_owned()]).collect());
    }
    table(&head, rows)
}

/// How the commands grow. The last column compares the time for one item with that at the smallest size.
pub fn of_growth(grown: &[Grown]) -> String {
    let head = ["command", "of", "size", "median", "peak memory", "time per item"];
    let row = |it: &Grown| {
        let is_first = |other: &&Grown| other.command == it.command;
        let first = grown.iter().find(is_first).expect("itself");
        let ratio = (it.median / it.size as f64) / (first.median / first.size as f64);
        let ratio = format!("× {ratio:.3}");
        let (command, of, size) = (it.command.clone(), it.of.to_owned(), grouped(it.size));
        vec![command, of, size, milliseconds(it.median), mebibytes(it.peak), ratio]
    };
    table(&head, grown.iter().map(row).collect())
}

fn compared(floor: Option<(&str, f64)>) -> (String, String) {
    match floor {
        Some((name, ratio)) if ratio.is_finite() => (format!("× {ratio:.2}"), name.to_owned()),
        _ => Default::default(),
    }
}

/// About three digits.
fn milliseconds(time: f64) -> String {
    match time {
        time if time.is_nan() => "not installed".to_owned(),
        time if time < 10.0 => format!("{time:.2} ms"),
        time if time < 100.0 => format!("{time:.1} ms"),
        time => format!("{} ms", grouped(time.round() as usize)),
    }
}

fn mebibytes(size: Option<f64>) -> String {
    size.map_or_else(|| "no GNU time".to_owned(), |size| format!("{size:.1} MiB"))
}

/// With commas between thousands.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let comma = |index: usize| index > 0 && (digits.len() - index).is_multiple_of(3);
    digits
        .char_indices()
        .flat_map(|(index, digit)| comma(index).then_some(',').into_iter().chain([digit]))
        .collect()
}

/// Numbers are aligned by their ends: all columns whose head is not that of a text.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let is_text = |column: usize| ["what", "command", "to", "of"].contains(&head[column]);
    let mut all = vec![head.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()];
    all.extend(rows);
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..head.len()).map(|it| width(it).unwrap_or(0).max(3)).collect();
    let mut lines: Vec<String> = all.iter().map(|row| line(row, &widths, is_text)).collect();
    let rule = |(column, width): (usize, &usize)| match is_text(column) {
        true => "-".repeat(*width),
        false => "-".repeat(width - 1) + ":",
    };
    let rules: Vec<String> = widths.iter().enumerate().map(rule).collect();
    lines.insert(1, line(&rules, &widths, is_text));
    lines.join("\n") + "\n"
}

fn line(cells: &[String], widths: &[usize], is_text: impl Fn(usize) -> bool) -> String {
    let cell = |(column, text): (usize, &String)| {
        let width = widths[column];
        if is_text(column) { format!("{text:<width$}") } else { format!("{text:>width$}") }
    };
    let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
    format!("| {} |", cells.join(" | "))
}
