//! Curves as SVG, on logarithmic scales: a line of slope one is linear growth.

use std::fmt::Write as _;

/// A picture of curves over the same axes.
#[derive(Debug)]
pub struct Plot<'a> {
    /// What it shows.
    pub title: &'a str,
    /// The horizontal axis.
    pub x: &'a str,
    /// Each: its name with its unit, and its points, all above zero.
    pub curves: &'a [(&'a str, Vec<(f64, f64)>)],
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 52.0;
const COLOURS: [&str; 3] = ["#1f6feb", "#bc4c00", "#1a7f37"];

/// A range in powers of ten.
struct Axis(i32, i32);

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        let low = least.log10().floor() as i32;
        Self(low, (most.log10().ceil() as i32).max(low + 1))
    }

    /// From 0 to 1.
    fn place(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.0)) / f64::from(self.1 - self.0)
    }
}

impl Plot<'_> {
    /// The picture.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let points = || self.curves.iter().flat_map(|(_, points)| points.iter().copied());
        let (across, up) = (Axis::of(points().map(|it| it.0)), Axis::of(points().map(|it| it.1)));
        let x = |value: f64| LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"{LEFT}\" y=\"20\" font-size=\"15\">{}</text>\n",
            self.title
        );
        for power in across.0..=across.1 {
            let at = x(10_f64.powi(power));
            line(&mut svg, (at, TOP), (at, HEIGHT - BOTTOM));
            text(&mut svg, at, HEIGHT - BOTTOM + 18.0, "middle", &number(power));
        }
        for power in up.0..=up.1 {
            let at = y(10_f64.powi(power));
            line(&mut svg, (LEFT, at), (WIDTH - RIGHT, at));
            text(&mut svg, LEFT - 6.0, at + 4.0, "end", &number(power));
        }
        text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0, "middle", self.x);
        for (index, (name, points)) in self.curves.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let path: Vec<_> =
                points.iter().map(|it| format!("{:.1},{:.1}", x(it.0), y(it.1))).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join(" ")
            );
            for point in path {
                let (x, y) = point.split_once(',').unwrap_or_default();
                let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{colour}\"/>");
            }
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"44\" fill=\"{colour}\">{name}</text>",
                LEFT + index as f64 * 260.0
            );
        }
        svg + "</svg>\n"
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#ddd\"/>",
        from.0, from.1, to.0, to.1
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

/// `10 k` for the fourth power of ten.
fn number(power: i32) -> String {
    let units = [(9, "G"), (6, "M"), (3, "k"), (0, "")];
    let (at, unit) = units.into_iter().find(|(at, _)| power >= *at).unwrap_or((0, ""));
    let value = 10_f64.powi(power - at);
    format!("{value}{}{unit}", if unit.is_empty() { "" } else { " " })
}
