//! Rounds in which all variants take turns, and medians over them.

use crate::results;
use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of CPU time that this thread has used.
#[must_use]
pub fn thread_cpu_nanos() -> u64 {
    nanos(ClockId::ThreadCPUTime)
}

/// Nanoseconds of CPU time that this process has used, all threads together.
#[must_use]
pub fn process_cpu_nanos() -> u64 {
    nanos(ClockId::ProcessCPUTime)
}

fn nanos(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// Something that is measured: its name, and one batch of work.
pub struct Variant<'a> {
    /// What the table calls it.
    pub name: &'static str,
    /// Does so many units of work.
    pub run: Box<dyn FnMut(u64) + 'a>,
    /// Runs after each batch, unmeasured: lets queues drain.
    pub settle: Box<dyn FnMut() + 'a>,
}

impl<'a> Variant<'a> {
    /// A variant with nothing to settle.
    pub fn new(name: &'static str, run: impl FnMut(u64) + 'a) -> Self {
        Self { name, run: Box::new(run), settle: Box::new(|| ()) }
    }

    /// The same with something to do after each batch.
    #[must_use]
    pub fn settle(mut self, settle: impl FnMut() + 'a) -> Self {
        self.settle = Box::new(settle);
        self
    }
}

/// The result of one variant.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What the table calls it.
    pub name: &'static str,
    /// Nanoseconds a unit of work: the median over rounds.
    pub nanos: f64,
    /// Half the distance between the quartiles.
    pub spread: f64,
}

/// How many batches a variant runs in its turn.
pub const BATCHES: u64 = 20;

/// Measures all variants in turn, `rounds` times, [`BATCHES`] of `units` of work each time.
pub fn measure(variants: &mut [Variant<'_>], rounds: usize, units: u64) -> Vec<Figure> {
    let mut samples = vec![Vec::with_capacity(rounds); variants.len()];
    for round in 0..=rounds {
        for (variant, samples) in variants.iter_mut().zip(&mut samples) {
            // In small batches, so that no queue grows and no buffer is missing for want of a return.
            let mut taken = 0;
            for _ in 0..BATCHES {
                let before = thread_cpu_nanos();
                (variant.run)(units);
                taken += thread_cpu_nanos() - before;
                (variant.settle)();
            }
            // The first round warms caches and allocators up.
            if round > 0 {
                samples.push(taken as f64 / (units * BATCHES) as f64);
            }
        }
    }
    let figure = |(variant, samples): (&Variant<'_>, &mut Vec<f64>)| {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples[((samples.len() - 1) as f64 * share).round() as usize];
        Figure { name: variant.name, nanos: at(0.5), spread: (at(0.75) - at(0.25)) / 2.0 }
    };
    variants.iter().zip(&mut samples).map(figure).collect()
}

/// Prints figures, each with its ratio to the one called `ours`, and keeps them.
pub fn print_table(row: &str, title: &str, unit: &str, ours: &str, figures: &[Figure]) {
    println!("\n{title}\n");
    println!("| variant | ns / {unit} | ± | ratio to {ours} |\n|---|---:|---:|---:|");
    let base = figures.iter().find(|figure| figure.name == ours).map_or(1.0, |figure| figure.nanos);
    for figure in figures {
        let ratio = figure.nanos / base;
        println!("| {} | {:.1} | {:.1} | {ratio:.2} |", figure.name, figure.nanos, figure.spread);
        let unit = format!("ns / {unit}");
        results::add(row, title, figure.name, &unit, figure.nanos, figure.spread);
    }
}

/// Prints one column a case (all of the same variants), each figure with its ratio to `ours`, and
/// keeps them.
pub fn print_columns(
    row: &str,
    title: &str,
    unit: &str,
    ours: &str,
    columns: &[(String, Vec<Figure>)],
) {
    println!(
        "\n{title}: ns / {unit}, ± half the distance between the quartiles, and the ratio to {ours}\n"
    );
    let heads: String = columns.iter().map(|(head, _)| format!(" {head} |")).collect();
    println!("| variant |{heads}\n|---|{}", "---:|".repeat(columns.len()));
    let names: Vec<_> = columns.first().map_or(Vec::new(), |it| it.1.clone());
    for (index, Figure { name, .. }) in names.iter().enumerate() {
        let mut cells = String::new();
        for (head, figures) in columns {
            let base = figures.iter().find(|it| it.name == ours).map_or(1.0, |it| it.nanos);
            let Figure { nanos, spread, .. } = figures[index];
            cells += &format!(" {nanos:.1} ± {spread:.1} ({:.2}×) |", nanos / base);
            let (title, unit) = (format!("{title}, {head}"), format!("ns / {unit}"));
            results::add(row, &title, name, &unit, nanos, spread);
        }
        println!("| {name} |{cells}");
    }
}
