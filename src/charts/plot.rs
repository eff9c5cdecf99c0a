//! Line charts as SVG text: the page shows the same text that is saved as a file. Colours are
//! attributes, which the page's style sheet overrides where a dark theme asks for it.

use std::fmt::Write;

use crate::text;

/// The drawing's own units, about pixels.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;
const LINE: f64 = 20.0;
const MARK: f64 = 4.5;

/// How a line is told from the others: by colour, and by dashes and marks for those who do not
/// see it. Colours from Okabe and Ito's set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Class in the style sheet.
    pub class: &'static str,
    pub colour: &'static str,
    pub dashes: &'static str,
    pub mark: Mark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    /// 0..=1
    pub y: f64,
    /// What the value may be as well.
    pub range: Option<(f64, f64)>,
}

pub struct Line {
    pub look: Look,
    /// In the legend.
    pub words: String,
    pub points: Vec<Point>,
}

pub struct Plot {
    /// Above the drawing in a file; what it shows, for those who do not see it.
    pub title: String,
    pub x: String,
    pub y: String,
    pub lines: Vec<Line>,
    /// Ticks of the x axis with their labels.
    pub ticks: Vec<(f64, String)>,
    pub logarithmic: bool,
    /// A value that means something, say that of guessing.
    pub level: Option<(f64, String)>,
}

/// Where it will be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    Phone,
    Screen,
    /// With title and legend.
    File,
}

impl Paper {
    fn size(self) -> (f64, f64) {
        match self {
            Self::Phone => (340.0, 260.0),
            Self::Screen => (680.0, 330.0),
            Self::File => (760.0, 400.0),
        }
    }
}

/// Between the smallest and the largest x, and never of no width.
fn span(lines: &[Line], logarithmic: bool) -> (f64, f64) {
    let all = lines.iter().flat_map(|l| &l.points).map(|p| p.x);
    let all = all.filter(|x| x.is_finite() && (!logarithmic || *x > 0.0));
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    match (low.is_finite(), logarithmic) {
        (false, _) => (0.1, 1.0),
        (_, true) if high < low * 2.0 => (low / 2.0, high * 2.0),
        (_, true) => (low, high),
        (_, false) => (0.0, high.max(1e-9)),
    }
}

impl Plot {
    pub fn svg(&self, paper: Paper) -> String {
        let file = paper == Paper::File;
        let (width, inner) = paper.size();
        let head = if file { 30.0 } else { 0.0 };
        let legend = if file {
            LINE * self.lines.len() as f64 + 8.0
        } else {
            0.0
        };
        let height = head + inner + legend;
        let (low, high) = span(&self.lines, self.logarithmic);
        let scale = |x: f64| if self.logarithmic { x.max(low).ln() } else { x };
        let across = move |x: f64| {
            let fraction = (scale(x) - scale(low)) / (scale(high) - scale(low));
            LEFT + fraction.clamp(0.0, 1.0) * (width - LEFT - RIGHT)
        };
        let (top, bottom) = (head + TOP, head + inner - BOTTOM);
        let up = move |y: f64| bottom - y.clamp(0.0, 1.0) * (bottom - top);

        let mut svg = String::new();
        let out = &mut svg;
        let title = escape(&self.title);
        // A file knows its size; on the page it is as wide as its place.
        let size = match file {
            true => format!(" width=\"{width}\" height=\"{height}\""),
            false => String::new(),
        };
        put(
            out,
            format_args!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\"{size} role=\"img\" aria-label=\"{title}\" \
             font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif\" font-size=\"12\" fill=\"#444\">"
            ),
        );
        if file {
            put(
                out,
                format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"),
            );
            put(
                out,
                format_args!(
                    "<text x=\"{LEFT}\" y=\"20\" font-size=\"14\" font-weight=\"600\" fill=\"#111\">{title}</text>"
                ),
            );
        }
        self.axes(out, paper, (top, bottom, width), &across, &up);
        for line in &self.lines {
            draw(out, line, &across, &up);
        }
        if file {
            for (row, line) in self.lines.iter().enumerate() {
                let y = head + inner + LINE * (row as f64 + 0.5);
                put(
                    out,
                    format_args!(
                        "{}",
                        stroke(&line.look, &format!("{LEFT},{y} {},{y}", LEFT + 34.0))
                    ),
                );
                put(out, format_args!("{}", mark(&line.look, LEFT + 17.0, y)));
                put(
                    out,
                    format_args!(
                        "<text x=\"{}\" y=\"{}\" fill=\"#111\">{}</text>",
                        LEFT + 44.0,
                        y + 4.0,
                        escape(&line.words)
                    ),
                );
            }
        }
        svg += "</svg>";
        svg
    }

    fn axes(
        &self,
        out: &mut String,
        paper: Paper,
        (top, bottom, width): (f64, f64, f64),
        across: &impl Fn(f64) -> f64,
        up: &impl Fn(f64) -> f64,
    ) {
        let right = width - RIGHT;
        for percent in [0, 25, 50, 75, 100] {
            let y = up(f64::from(percent) / 100.0);
            let (colour, dashes) = match percent {
                0 => ("#888", ""),
                _ => ("#ddd", " stroke-dasharray=\"2 4\""),
            };
            put(
                out,
                format_args!(
                    "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\" stroke=\"{colour}\"{dashes} fill=\"none\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    LEFT - 8.0,
                    y + 4.0,
                    escape(&text::percent(f64::from(percent) / 100.0))
                ),
            );
        }
        // Labels that would run into each other are left out, the last one last.
        let room = if paper == Paper::Phone { 44.0 } else { 40.0 };
        let mut last = f64::NEG_INFINITY;
        for (x, words) in &self.ticks {
            let x = across(*x);
            put(
                out,
                format_args!(
                    "<path class=\"grid\" d=\"M{x:.1} {bottom:.1}v5\" stroke=\"#888\" fill=\"none\"/>"
                ),
            );
            if x - last >= room {
                last = x;
                put(
                    out,
                    format_args!(
                        "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                        bottom + 19.0,
                        escape(words)
                    ),
                );
            }
        }
        put(
            out,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{}\" y=\"{:.1}\" transform=\"rotate(-90 12 {:.1})\" text-anchor=\"middle\">{}</text>",
                (LEFT + right) / 2.0,
                bottom + 39.0,
                escape(&self.x),
                12,
                (top + bottom) / 2.0,
                (top + bottom) / 2.0,
                escape(&self.y)
            ),
        );
        if let Some((value, words)) = &self.level {
            let y = up(*value);
            put(
                out,
                format_args!(
                    "<path class=\"level\" d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#888\" stroke-dasharray=\"1 3\" fill=\"none\"/>\
                 <text x=\"{}\" y=\"{:.1}\">{}</text>",
                    LEFT + 4.0,
                    y + 14.0,
                    escape(words)
                ),
            );
        }
    }
}

fn draw(out: &mut String, line: &Line, across: &impl Fn(f64) -> f64, up: &impl Fn(f64) -> f64) {
    let look = &line.look;
    let points: Vec<String> = line
        .points
        .iter()
        .map(|p| format!("{:.1},{:.1}", across(p.x), up(p.y)))
        .collect();
    put(out, format_args!("{}", stroke(look, &points.join(" "))));
    for p in &line.points {
        let x = across(p.x);
        if let Some((low, high)) = p.range {
            put(
                out,
                format_args!(
                    "<path class=\"{}\" d=\"M{:.1} {:.1}h8m-4 0V{:.1}m-4 0h8\" stroke=\"{}\" stroke-width=\"1.5\" fill=\"none\"/>",
                    look.class,
                    x - 4.0,
                    up(low),
                    up(high),
                    look.colour
                ),
            );
        }
    }
    // Marks on the first and last point and a few between: enough to tell lines apart.
    let step = line.points.len().div_ceil(12).max(1);
    let last = line.points.len().saturating_sub(1);
    for (i, p) in line.points.iter().enumerate() {
        if i == last || (i % step == 0 && last - i >= step / 2) {
            put(out, format_args!("{}", mark(look, across(p.x), up(p.y))));
        }
    }
}

fn stroke(look: &Look, points: &str) -> String {
    let Look {
        class,
        colour,
        dashes,
        ..
    } = look;
    format!(
        "<polyline class=\"{class}\" points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" \
         stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\"/>"
    )
}

fn mark(look: &Look, x: f64, y: f64) -> String {
    let (a, b) = (MARK, MARK * 1.25);
    let path = match look.mark {
        Mark::Circle => format!(
            "M{:.1} {y:.1}a{a} {a} 0 1 0 {d} 0a{a} {a} 0 1 0 -{d} 0z",
            x - a,
            d = 2.0 * a
        ),
        Mark::Square => format!("M{:.1} {:.1}h{d}v{d}h-{d}z", x - a, y - a, d = 2.0 * a),
        Mark::Triangle => format!(
            "M{x:.1} {:.1}l{b} {d}h-{e}z",
            y - b,
            d = 2.0 * a,
            e = 2.0 * b
        ),
        Mark::Diamond => format!("M{x:.1} {:.1}l{b} {b}l-{b} {b}l-{b} -{b}z", y - b),
        Mark::Cross => format!(
            "M{:.1} {:.1}l{d} {d}m-{d} 0l{d} -{d}",
            x - a,
            y - a,
            d = 2.0 * a
        ),
    };
    let fill = if look.mark == Mark::Cross {
        "none"
    } else {
        look.colour
    };
    format!(
        "<path class=\"{} mark\" d=\"{path}\" fill=\"{fill}\" stroke=\"{}\" stroke-width=\"2\"/>",
        look.class, look.colour
    )
}

/// A line's look as a small picture, beside its name.
pub fn swatch(look: &Look) -> String {
    format!(
        "<svg viewBox=\"0 0 36 16\" width=\"36\" height=\"16\" aria-hidden=\"true\">{}{}</svg>",
        stroke(look, "1,8 35,8"),
        mark(look, 18.0, 8.0)
    )
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a string takes any text");
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
