//! A chart: whole numbers by name, drawn as bars or as a line. The drawing is SVG without a script, a style or an
//! address; its text alternative says every number.

use std::fmt::Write as _;

use super::escaped;

/// Numbers by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How it is drawn.
    pub form: Form,
    /// What the names are, as the head of their column.
    pub names: String,
    /// What the numbers count, as the head of their column.
    pub unit: String,
    /// The names with their numbers, in order.
    pub points: Vec<(String, u64)>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lying bars, one for each name: kinds of something.
    Bars,
    /// A line from left to right: days.
    Line,
}

/// Sides of the drawing.
const WIDE: u64 = 640;
const HIGH: u64 = 180;
/// Where bars begin and how long the longest is.
const BARS_FROM: u64 = 200;
const LONGEST: u64 = 380;
/// Of each bar.
const ROW: u64 = 22;
/// Where the line lies.
const LEFT: u64 = 30;
const TOP: u64 = 24;
const FLOOR: u64 = 150;
/// Names and numbers that are written under and over a line.
const WRITTEN: usize = 8;
/// Characters of a name beside a bar.
const NAME: usize = 14;

impl Chart {
    /// Every number in a sentence, for who does not see the drawing.
    pub(super) fn told(&self) -> String {
        let points: Vec<String> = self
            .points
            .iter()
            .map(|(name, number)| format!("{name} {number}"))
            .collect();
        format!("{}（{}）：{}", self.title, self.unit, points.join("，"))
    }

    /// The names with their numbers as rows of a table.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        self.points
            .iter()
            .map(|(name, number)| vec![name.clone(), number.to_string()])
            .collect()
    }

    /// The drawing.
    pub(super) fn svg(&self) -> String {
        let (height, drawn) = match self.form {
            Form::Bars => (self.points.len() as u64 * ROW + 4, self.bars()),
            Form::Line => (HIGH, self.line()),
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDE} {height}\" width=\"100%\" font-size=\"12\" fill=\"#000\">{drawn}</svg>",
            escaped(&self.told())
        )
    }

    fn most(&self) -> u64 {
        let most = self.points.iter().map(|(_, number)| *number).max();
        most.unwrap_or(0).max(1)
    }

    fn bars(&self) -> String {
        let most = self.most();
        let mut drawn = String::new();
        for ((name, number), top) in self.points.iter().zip((4_u64..).step_by(ROW as usize)) {
            let base = top + 12;
            let long = scaled(*number, LONGEST, most);
            let _ = write!(
                drawn,
                "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text><rect x=\"{BARS_FROM}\" y=\"{top}\" width=\"{long}\" height=\"16\" fill=\"#3a6ea5\"/><text x=\"{}\" y=\"{base}\">{number}</text>",
                BARS_FROM - 8,
                escaped(&short(name)),
                BARS_FROM + long + 6,
            );
        }
        drawn
    }

    fn line(&self) -> String {
        let most = self.most();
        let last = (self.points.len() as u64).saturating_sub(1).max(1);
        let across = WIDE - 2 * LEFT;
        let place = |at: usize, number: u64| {
            let right = LEFT + scaled(at as u64, across, last);
            (right, FLOOR - scaled(number, FLOOR - TOP, most))
        };
        let every = self.points.len().div_ceil(WRITTEN).max(1);
        let (mut path, mut marks) = (String::new(), String::new());
        for (at, (name, number)) in self.points.iter().enumerate() {
            let (x, y) = place(at, *number);
            let _ = write!(path, "{x},{y} ");
            let _ = write!(
                marks,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"#3a6ea5\"/>"
            );
            if at % every == 0 {
                let _ = write!(
                    marks,
                    "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{number}</text><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                    y - 8,
                    FLOOR + 18,
                    escaped(&short(name))
                );
            }
        }
        format!(
            "<line x1=\"{LEFT}\" y1=\"{FLOOR}\" x2=\"{}\" y2=\"{FLOOR}\" stroke=\"#888\"/><polyline points=\"{}\" fill=\"none\" stroke=\"#3a6ea5\" stroke-width=\"2\"/>{marks}",
            WIDE - LEFT,
            path.trim_end()
        )
    }
}

/// `number` of `most` as a part of `long`; whole numbers are the same on every machine.
fn scaled(number: u64, long: u64, most: u64) -> u64 {
    let part = u128::from(number) * u128::from(long) / u128::from(most);
    u64::try_from(part).unwrap_or(long).min(long)
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}
