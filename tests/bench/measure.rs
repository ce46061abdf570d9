//! Rows that are measured together.
//!
//! A round runs every row of a group once, so that a slow moment of the machine hits all of them; a tool that runs one command
//! after the other, as hyperfine does, would charge it to one row and falsify its ratio.

use std::time::Duration;

/// How long is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The rounds of a group.
    pub rounds: usize,
    /// A row that took so long is left out of further rounds, once it has `least` runs.
    pub most: Duration,
    pub least: usize,
}

impl Effort {
    pub const FULL: Self = Self { rounds: 60, most: Duration::from_secs(15), least: 3 };
    pub const QUICK: Self = Self { rounds: 3, most: Duration::from_secs(2), least: 1 };
}

/// Rows that are run in turn.
pub struct Group<'a> {
    name: String,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    name: String,
    floor: Option<&'static str>,
    /// None if the program is not installed.
    run: Option<Run<'a>>,
    times: Vec<Duration>,
}

type Run<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// What was measured of a row.
#[derive(Debug, Clone)]
pub struct Measured {
    pub group: String,
    pub name: String,
    /// The name of the row that it is compared with, and the ratio of the medians.
    pub floor: Option<(&'static str, f64)>,
    /// Sorted, in milliseconds; none if the program is not installed.
    pub times: Vec<f64>,
}

impl Measured {
    pub fn min(&self) -> f64 {
        self.times.first().copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.times.get(self.times.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

impl<'a> Group<'a> {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), rows: Vec::new() }
    }

    /// Adds a row: `run` runs it once and returns how long that took.
    #[must_use]
    pub fn row(self, name: impl Into<String>, run: impl FnMut() -> Duration + 'a) -> Self {
        self.optional(name, Some(run))
    }

    /// Adds a row that is compared with an earlier one.
    #[must_use]
    pub fn above(
        self,
        floor: &'static str,
        name: impl Into<String>,
        run: impl FnMut() -> Duration + 'a,
    ) -> Self {
        self.peer(floor, name, Some(run))
    }

    /// As `row`, of a program that may be missing.
    #[must_use]
    pub fn optional(
        mut self,
        name: impl Into<String>,
        run: Option<impl FnMut() -> Duration + 'a>,
    ) -> Self {
        let run = run.map(|it| Box::new(it) as Run<'a>);
        self.rows.push(Row { name: name.into(), floor: None, run, times: Vec::new() });
        self
    }

    /// As `above`, of a program that may be missing.
    #[must_use]
    pub fn peer(
        self,
        floor: &'static str,
        name: impl Into<String>,
        run: Option<impl FnMut() -> Duration + 'a>,
    ) -> Self {
        let mut group = self.optional(name, run);
        group.rows.last_mut().expect("the row").floor = Some(floor);
        group
    }

    /// Measures all rows. The first round, which fills the caches, does not count.
    pub fn measured(mut self, effort: Effort) -> Vec<Measured> {
        crate::note(&format!("measuring: {}", self.name));
        for round in 0..=effort.rounds {
            // In both orders: a row does not always follow the same one.
            let order: Vec<usize> = match round % 2 {
                0 => (0..self.rows.len()).collect(),
                _ => (0..self.rows.len()).rev().collect(),
            };
            for index in order {
                self.rows[index].run_in(round, effort);
            }
        }
        self.finished()
    }

    fn finished(self) -> Vec<Measured> {
        let mut all: Vec<Measured> = Vec::new();
        for row in self.rows {
            let mut times: Vec<f64> =
                row.times.iter().map(|it| it.as_secs_f64() * 1000.0).collect();
            times.sort_by(f64::total_cmp);
            let mut measured =
                Measured { group: self.name.clone(), name: row.name, floor: None, times };
            measured.floor = row.floor.map(|floor| {
                let other = all.iter().find(|it| it.name == floor).expect("a floor comes first");
                (floor, measured.median() / other.median())
            });
            all.push(measured);
        }
        all
    }
}

impl Row<'_> {
    fn run_in(&mut self, round: usize, effort: Effort) {
        let total: Duration = self.times.iter().sum();
        let is_due = self.times.len() < effort.least || total < effort.most;
        if let Some(run) = self.run.as_mut().filter(|_| is_due) {
            let took = run();
            if round > 0 {
                self.times.push(took);
            }
        }
    }
}
