//! Row 6: how time and memory grow: with the spans of a request, with requests in flight, threads,
//! attributes and nesting. Linear or better is what is wanted; the check below each table says so.
//!
//! Time is CPU time of the thread that makes the spans; memory is what that thread had allocated at
//! most at one moment in the first run of a size: what smaller ones left is used again.

use std::hint::black_box;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use benches::measure::thread_cpu_nanos;
use benches::peers::observe::{Counting, ROOT};
use benches::plot::Plot;
use benches::settings::{amount, quick};
use benches::{machine, results};
use cruddur_trace::observe;
use cruddur_trace::record::{Outcome, Sampling, Usage};
use cruddur_trace::span::{Root, RootOptions, install_collector, set_field};

/// What one run of a certain size took.
struct Point {
    size: u64,
    nanos: f64,
    bytes: f64,
}

fn main() {
    println!("{}", machine::describe());
    let ours = Counting::start();
    install_collector(ours.clone());
    let upto = |sizes: &[u64]| -> Vec<u64> {
        let most = amount(u64::MAX, 10);
        sizes.iter().copied().filter(|size| *size <= most).collect()
    };

    let sizes = upto(&[1, 10, 100, 1_000, 10_000, 100_000]);
    let points = curve(&ours, &sizes, |size| {
        ours.request(Sampling::ALWAYS, || {
            for n in 0..size {
                black_box(leaf(n));
            }
        });
        0
    });
    show("spans", "A request of so many spans", "spans of a request", &points);

    let sizes = upto(&[1, 10, 100, 1_000, 10_000]);
    let points = curve(&ours, &sizes, |size| in_flight(&ours, size));
    show("in-flight", "Requests of eleven spans in flight at once", "requests in flight", &points);

    let sizes = upto(&[1, 2, 4, 8, 16, 32, 64, 128]);
    let keys: Vec<&'static str> =
        (0..128).map(|n| &*Box::leak(format!("app.attribute.{n}").into_boxed_str())).collect();
    let points = curve(&ours, &sizes, |size| {
        ours.request(Sampling::ALWAYS, || with_attributes(&keys[..size as usize]));
        0
    });
    show("attributes", "A span of so many attributes, with its root", "attributes", &points);

    let sizes = upto(&[1, 10, 100, 1_000]);
    let points = curve(&ours, &sizes, |size| {
        ours.request(Sampling::ALWAYS, || {
            black_box(nested(size));
        });
        0
    });
    show("nesting", "Spans nested so deep", "depth", &points);

    threads(&ours);
}

/// All sizes, each several times: the median. `run` gives the nanoseconds that are not its own.
fn curve(ours: &Arc<Counting>, sizes: &[u64], run: impl Fn(u64) -> u64) -> Vec<Point> {
    let one = |size: &u64| {
        let run_once = || {
            run(*size);
        };
        let bytes = allocation_counter::measure(run_once).bytes_max as f64;
        ours.settle();
        let times = amount((200_000 / size).clamp(5, 2_000), 2);
        let mut nanos: Vec<f64> = (0..times)
            .map(|_| {
                let before = thread_cpu_nanos();
                let others = run(*size);
                let taken = (thread_cpu_nanos() - before - others) as f64;
                ours.settle();
                taken
            })
            .collect();
        nanos.sort_by(f64::total_cmp);
        Point { size: *size, nanos: nanos[nanos.len() / 2], bytes }
    };
    // The first reading of clocks and thread-locals is nobody's.
    run(sizes[0]);
    ours.settle();
    sizes.iter().map(one).collect()
}

fn show(name: &str, title: &str, x: &str, points: &[Point]) {
    println!(
        "\n{title}\n\n| {x} | ns | ns each | bytes at most | bytes each |\n|---:|---:|---:|---:|---:|"
    );
    for Point { size, nanos, bytes } in points {
        let each = |total: &f64| total / *size as f64;
        println!("| {size} | {nanos:.0} | {:.1} | {bytes:.0} | {:.0} |", each(nanos), each(bytes));
        results::add("growth", title, &size.to_string(), "ns", *nanos, 0.0);
        results::add("growth", title, &size.to_string(), "bytes", *bytes, 0.0);
    }
    if quick() {
        return;
    }
    check(points);
    let curve = |value: fn(&Point) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|it| (it.size as f64, value(it).max(1.0))).collect()
    };
    let curves =
        [("time, ns", curve(|it| it.nanos)), ("memory at most, bytes", curve(|it| it.bytes))];
    let Some(folder) = std::env::var_os("BENCH_PLOTS").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    let svg = Plot { title, x, curves: &curves }.to_svg();
    std::fs::write(folder.join(format!("{name}.svg")), svg).expect("a picture");
    println!("\n![{title}](images/bench/{name}.svg)");
}

/// Linear or better: from the last size but one to the largest, what each costs grows by half at most
/// (more memory than the caches hold, and noise). Smaller sizes live on what was recycled.
fn check(points: &[Point]) {
    let each = |value: fn(&Point) -> f64, point: &Point| value(point) / point.size as f64;
    let grown = |value: fn(&Point) -> f64| {
        let (before, last) = (&points[points.len() - 2], &points[points.len() - 1]);
        each(value, last) / each(value, before).max(f64::MIN_POSITIVE)
    };
    let said = |factor: f64| if factor <= 1.5 { "linear or better" } else { "worse than linear" };
    let (time, memory) = (grown(|it| it.nanos), grown(|it| it.bytes.max(1.0)));
    println!(
        "\nFrom the last size but one to the largest, each costs {time:.2} times the time ({}) and \
         {memory:.2} times the memory ({}).",
        said(time),
        said(memory)
    );
}

#[observe(fields(n = n))]
fn leaf(n: u64) -> u64 {
    n
}

#[observe]
fn nested(depth: u64) -> u64 {
    if depth <= 1 { depth } else { nested(black_box(depth - 1)) + 1 }
}

#[observe]
fn with_attributes(keys: &[&'static str]) {
    for key in keys {
        set_field(key, "home", Usage::Default);
    }
}

#[observe(fields(app.userId = name))]
async fn handler(name: &'static str) -> u64 {
    let mut found = 0;
    for n in 0..9 {
        found += leaf(n);
    }
    benches::yield_once().await;
    found + name.len() as u64
}

type Running = (Root, Pin<Box<dyn Future<Output = u64>>>);

/// All are begun before the first one ends. The consumer is let catch up at times; how long that took
/// is the answer.
fn in_flight(ours: &Counting, size: u64) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let mut running: Vec<Running> = (0..size)
        .map(|_| {
            let mut options = RootOptions::new(&ROOT);
            options.sampling = Some(Sampling::ALWAYS);
            let mut root = Root::start(options);
            let mut future = root.enter(|| Box::pin(handler("andrewbrown")) as Pin<Box<_>>);
            assert!(
                root.enter(|| Future::poll(Pin::as_mut(&mut future), &mut context)).is_pending()
            );
            (root, future as Pin<Box<dyn Future<Output = u64>>>)
        })
        .collect();
    let mut others = 0;
    for (index, (mut root, mut future)) in running.drain(..).enumerate() {
        assert!(root.enter(|| future.as_mut().poll(&mut context)).is_ready());
        drop(future);
        root.end(Outcome::Ok);
        if index % 1_000 == 999 {
            let before = thread_cpu_nanos();
            ours.settle();
            others += thread_cpu_nanos() - before;
        }
    }
    others
}

/// Each thread makes requests of its own; what a span costs must not grow with their number.
fn threads(ours: &Arc<Counting>) {
    let title = "Threads that make spans at once";
    println!("\n{title}\n\n| threads | ns of CPU / span |\n|---:|---:|");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut counts: Vec<usize> =
        std::iter::successors(Some(1), |it| Some(it * 2)).take_while(|it| *it < cores).collect();
    counts.push(cores);
    for count in counts {
        let threads: Vec<_> = (0..count)
            .map(|_| {
                let ours = Arc::clone(ours);
                std::thread::spawn(move || {
                    let (rounds, mut taken) = (amount(2_000_u64, 2), 0);
                    for _ in 0..rounds {
                        let before = thread_cpu_nanos();
                        for _ in 0..20 {
                            ours.request(Sampling::ALWAYS, || {
                                black_box(nested(10));
                            });
                        }
                        taken += thread_cpu_nanos() - before;
                        ours.settle();
                    }
                    taken as f64 / (rounds * 20 * 11) as f64
                })
            })
            .collect();
        let nanos: Vec<f64> = threads.into_iter().map(|it| it.join().expect("no panic")).collect();
        let mean = nanos.iter().sum::<f64>() / count as f64;
        println!("| {count} | {mean:.1} |");
        results::add("growth", title, &count.to_string(), "ns / span", mean, 0.0);
    }
}
