//! Pictures of cost against the number of plugins, as SVG, on logarithmic axes.

use std::fmt::Write as _;

use crate::lists::{BLOCKS, BLOCKS_SHOWN, DOCKER, KUBECTL, LIST, PROMPT};
use crate::measure::Measured;
use crate::plugins::COUNTS;
use crate::table::grouped;

/// Pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 56.0;

const COLORS: [&str; 4] = ["#0550ae", "#59636e", "#116329", "#cf222e"];

/// The name of the group of so many plugins.
pub fn group_of(count: usize) -> String {
    format!("{} plugins", grouped(count))
}

/// The name of each picture, and its SVG.
pub fn all(measured: &[Measured]) -> Vec<(&'static str, String)> {
    let list =
        [(LIST, "mesheryctl plugin list"), (BLOCKS, "floor"), (KUBECTL, KUBECTL), (DOCKER, DOCKER)];
    let prompt = [(PROMPT, "mesheryctl system login"), (BLOCKS_SHOWN, "floor")];
    vec![
        ("bench-list.svg", svg("The time to list plugins", &series(&list, measured))),
        ("bench-prompt.svg", svg("The time until the prompt is shown", &series(&prompt, measured))),
    ]
}

/// A line of a picture: numbers of plugins with their medians in milliseconds.
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

fn series(names: &[(&str, &str)], measured: &[Measured]) -> Vec<Series> {
    let one = |(row, name): &(&str, &str)| {
        // A logarithmic axis has no zero.
        let counts = COUNTS.into_iter().filter(|it| *it > 0);
        let at = |count: usize| {
            let is = |it: &&Measured| it.group == group_of(count) && it.name == *row;
            let median = measured.iter().find(is)?.median();
            median.is_finite().then_some((count as f64, median))
        };
        Series { name: (*name).to_owned(), points: counts.filter_map(at).collect() }
    };
    names.iter().map(one).filter(|it| !it.points.is_empty()).collect()
}

fn svg(title: &str, series: &[Series]) -> String {
    let times = || series.iter().flat_map(|it| &it.points).map(|(_, time)| *time);
    let low = times().fold(f64::INFINITY, f64::min).log10().floor();
    let high = times().fold(0.0, f64::max).log10().ceil();
    let (first, last) = (COUNTS[1] as f64, COUNTS[COUNTS.len() - 1] as f64);
    let x = |count: f64| {
        LEFT + (count / first).log10() / (last / first).log10() * (WIDTH - LEFT - RIGHT)
    };
    let y =
        |time: f64| HEIGHT - BOTTOM - (time.log10() - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"16\" fill=\"#1f2328\">{title}</text>\n"
    );
    for power in low as i32..=high as i32 {
        let time = 10f64.powi(power);
        let name =
            if power < 0 { format!("{time} ms") } else { format!("{} ms", grouped(time as usize)) };
        line(&mut svg, (LEFT, y(time)), (WIDTH - RIGHT, y(time)));
        text(&mut svg, (LEFT - 10.0, y(time) + 4.0), "end", "#1f2328", &name);
    }
    for count in COUNTS.into_iter().filter(|it| *it > 0) {
        let at = x(count as f64);
        line(&mut svg, (at, TOP), (at, HEIGHT - BOTTOM));
        text(&mut svg, (at, HEIGHT - BOTTOM + 20.0), "middle", "#1f2328", &grouped(count));
    }
    let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
    text(&mut svg, (middle, HEIGHT - 12.0), "middle", "#1f2328", "plugins");
    let mut ends: Vec<f64> = Vec::new();
    for (series, color) in series.iter().zip(COLORS) {
        let place = |(count, time): &(f64, f64)| format!("{:.1},{:.1}", x(*count), y(*time));
        let points: Vec<String> = series.points.iter().map(place).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        let end = free(y(series.points[series.points.len() - 1].1), &ends);
        ends.push(end);
        text(&mut svg, (WIDTH - RIGHT + 8.0, end + 4.0), "start", color, &series.name);
    }
    svg + "</svg>\n"
}

/// The place of a name, so that it covers no other.
fn free(wanted: f64, taken: &[f64]) -> f64 {
    let mut place = wanted;
    while taken.iter().any(|it| (it - place).abs() < 16.0) {
        place += 4.0;
    }
    place
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#d1d9e0\"/>",
        from.0, from.1, to.0, to.1
    );
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, color: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" fill=\"{color}\">{text}</text>",
        at.0, at.1
    );
}
