//! A drawing surface in pixels over the SVG backend of plotters, with our colors, sizes and ticks.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

/// Text and strong lines. The page turns this and the next three into light ones where the reader's system is dark.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Ticks and side remarks.
pub(super) const MUTED: RGBColor = RGBColor(0x5F, 0x5F, 0x5F);
/// Lines of the grid.
pub(super) const GRID: RGBColor = RGBColor(0xDD, 0xDD, 0xDD);
/// Behind everything.
pub(super) const SURFACE: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Good news and bad, apart for the color-blind; never without a word beside.
pub(super) const GOOD: RGBColor = RGBColor(0x00, 0x9E, 0x73);
pub(super) const BAD: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

/// What belongs to no class: queues and people.
pub(super) const NEUTRAL: RGBColor = RGBColor(0x6B, 0x7A, 0x8F);
/// Several classes taken together.
pub(super) const OTHERS: RGBColor = RGBColor(0xB4, 0xB4, 0xB4);

/// Okabe & Ito's palette for all kinds of color vision (jfly.uni-koeln.de/color), without black and the pale yellow;
/// the last is the wine of Paul Tol's muted scheme, dark where the others are not.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x88, 0x22, 0x55),
];

/// Plotters draws at whole pixels; four of them to one of ours keep curves smooth.
const SCALE: f64 = 4.0;
/// Plotters takes the height of a line of text where SVG takes that of the letters.
const LINE_TO_LETTER: f64 = 1.24;

/// The color of the class at the position `idx` of the summary, in every plot the same, and whether its line is dashed
/// because the colors have begun again: then they are lighter, and after that darker, as areas have no dashes.
pub(super) fn class_color(idx: usize) -> (RGBColor, bool) {
    let round = idx / PALETTE.len();
    let RGBColor(red, green, blue) = PALETTE[idx % PALETTE.len()];
    let shaded = |part: u8| match round % 3 {
        0 => part,
        1 => part.midpoint(0xFF),
        _ => part / 2,
    };
    (RGBColor(shaded(red), shaded(green), shaded(blue)), !round.is_multiple_of(2))
}

/// A surface to draw on; coordinates are pixels from the top left.
pub(super) struct Canvas<'a>(DrawingArea<SVGBackend<'a>, Shift>);

/// How a text stands to its point, and how it looks.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    size: f64,
    color: RGBColor,
    is_bold: bool,
    anchor: HPos,
}

impl Letters {
    /// Plain text of a size, to the right of its point.
    pub(super) fn of(size: f64) -> Self {
        Self { size, color: INK, is_bold: false, anchor: HPos::Left }
    }

    pub(super) fn colored(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    /// Around its point.
    pub(super) fn centered(self) -> Self {
        Self { anchor: HPos::Center, ..self }
    }

    /// To the left of its point.
    pub(super) fn ending(self) -> Self {
        Self { anchor: HPos::Right, ..self }
    }
}

/// Draws a picture of a size in pixels; `title` and `description` are for those who do not see it.
pub(super) fn draw(
    size: (f64, f64),
    title: &str,
    description: &str,
    paint: impl FnOnce(&Canvas<'_>),
) -> String {
    let scaled = ((size.0 * SCALE) as u32, (size.1 * SCALE) as u32);
    let mut svg = String::new();
    {
        let canvas = Canvas(SVGBackend::with_string(&mut svg, scaled).into_drawing_area());
        canvas.rectangle((0.0, 0.0), size, SURFACE, 1.0);
        paint(&canvas);
        canvas.0.present().expect("a picture in memory does not fail");
    }
    let head = format!("<svg width=\"{}\" height=\"{}\" viewBox", scaled.0, scaled.1);
    let (width, height) = size;
    let new_head = format!("<svg width=\"{width}\" height=\"{height}\" role=\"img\" viewBox");
    let svg = svg.replacen(&head, &new_head, 1);
    let words = format!(">\n<title>{}</title>\n<desc>{}</desc>\n", escaped(title), escaped(description));
    svg.replacen(">\n", &words, 1)
}

impl<'a> Canvas<'a> {
    pub(super) fn line(&self, points: &[(f64, f64)], color: RGBColor, width: f64) {
        if points.len() > 1 {
            let points: Vec<_> = points.iter().map(|&point| scaled(point)).collect();
            self.put(&PathElement::new(points, stroke(color, width)));
        }
    }

    /// A line of dashes, measured along it.
    pub(super) fn dashes(&self, points: &[(f64, f64)], color: RGBColor, width: f64) {
        const DASH: f64 = 5.0;
        const GAP: f64 = 4.0;
        let (mut left, mut is_dash) = (DASH, true);
        let mut dash: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let rest = (to.0 - from.0).hypot(to.1 - from.1);
                if rest < left {
                    left -= rest;
                    dash.extend((rest > 0.0).then_some(to));
                    break;
                }
                let part = left / rest;
                from = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
                dash.push(from);
                if is_dash {
                    self.line(&dash, color, width);
                }
                dash = vec![from];
                is_dash = !is_dash;
                left = if is_dash { DASH } else { GAP };
            }
        }
        if is_dash {
            self.line(&dash, color, width);
        }
    }

    /// The area inside a closed line.
    pub(super) fn area(&self, points: &[(f64, f64)], color: RGBColor, opacity: f64) {
        if points.len() > 2 {
            let points: Vec<_> = points.iter().map(|&point| scaled(point)).collect();
            self.put(&Polygon::new(points, color.mix(opacity).filled()));
        }
    }

    pub(super) fn rectangle(&self, from: (f64, f64), to: (f64, f64), color: RGBColor, opacity: f64) {
        self.put(&Rectangle::new([scaled(from), scaled(to)], color.mix(opacity).filled()));
    }

    pub(super) fn dot(&self, center: (f64, f64), radius: f64, color: RGBColor) {
        self.put(&Circle::new(scaled(center), (radius * SCALE) as i32, color.filled()));
    }

    /// A line of text, its middle at the height of the point.
    pub(super) fn text(&self, at: (f64, f64), text: &str, letters: Letters) {
        let style = if letters.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let style = TextStyle {
            font: (FontFamily::SansSerif, letters.size * SCALE * LINE_TO_LETTER, style).into(),
            color: letters.color.to_backend_color(),
            pos: Pos::new(letters.anchor, VPos::Center),
        };
        // XML has no place for control characters, even escaped
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.put(&Text::new(text, scaled(at), style));
    }

    fn put<'e, E>(&self, element: &'e E)
    where
        &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        self.0.draw(element).expect("a picture in memory does not fail");
    }
}

/// About how wide a text is: sans-serif letters are about half as wide as high.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.53
}

/// Ticks from 0 on that hold `largest`: 1, 2 or 5 times a power of ten apart, at most `n_steps` of them above 0.
pub(super) fn ticks_to(largest: f64, n_steps: usize) -> Vec<f64> {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let raw = largest / n_steps.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|&s| s >= raw * 0.999_999).unwrap_or(raw);
    let count = (largest / step - 1e-9).ceil().max(1.0) as usize;
    (0..=count).map(|i| i as f64 * step).collect()
}

/// A number on an axis.
pub(super) fn tick_text(value: f64) -> String {
    if value >= 1.0 || value == 0.0 {
        super::super::words::count(value)
    } else {
        format!("{}", (value * 1e6).round() / 1e6)
    }
}

fn stroke(color: RGBColor, width: f64) -> ShapeStyle {
    color.stroke_width((width * SCALE).round() as u32)
}

fn scaled(point: (f64, f64)) -> (i32, i32) {
    ((point.0 * SCALE).round() as i32, (point.1 * SCALE).round() as i32)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_largest() {
        assert_eq!(ticks_to(1310.0, 3), [0.0, 500.0, 1000.0, 1500.0]);
        assert_eq!(ticks_to(13.0, 3), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(ticks_to(0.0, 3), ticks_to(1.0, 3));
        assert_eq!(ticks_to(f64::NAN, 3), ticks_to(1.0, 3));
        assert_eq!(tick_text(0.5), "0.5");
        assert_eq!(tick_text(1500.0), "1,500");
    }

    #[test]
    fn classes_have_colors_of_their_own() {
        let colors: Vec<RGBColor> = (0..3 * PALETTE.len()).map(|idx| class_color(idx).0).collect();
        for (idx, color) in colors.iter().enumerate() {
            assert!(!colors[..idx].contains(color) && ![NEUTRAL, OTHERS, INK].contains(color), "{idx}");
        }
        assert!(!class_color(6).1 && class_color(7).1);
    }

    #[test]
    fn dashes_cover_a_little_more_than_half() {
        let svg = draw((200.0, 10.0), "a <b>", "c & d", |canvas| {
            canvas.dashes(&[(0.0, 5.0), (90.0, 5.0)], INK, 1.0);
        });
        assert_eq!(svg.matches("<polyline").count(), 10);
        assert!(svg.contains("<title>a &lt;b></title>".replace("></", "&gt;</").as_str()));
        assert!(
            svg.contains("<desc>c &amp; d</desc>") && svg.starts_with("<svg width=\"200\" height=\"10\"")
        );
    }
}
