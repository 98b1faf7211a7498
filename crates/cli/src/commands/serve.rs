//! `verdancy serve` and `verdancy worker`

use std::time::Duration;

use verdancy_engine::Result;
use verdancy_server::{Limits, Settings};
use verdancy_table::Error;

use crate::args::{Serve, Service, Shown, Worker};
use crate::paint::Paint;
use crate::progress::line;
use crate::{GREEN, outcome};

pub fn serve(args: &Serve, shown: &Shown) -> Result<u8> {
    if args.openapi {
        outcome::print(&verdancy_server::openapi());
        return Ok(GREEN);
    }
    let mut settings = settings(&args.service, shown)?;
    settings.listen = args.listen;
    settings.open = args.open;
    settings.new_key = args.new_key;
    settings.works = !args.no_worker;
    settings.limits.upload = args.upload;
    let data = settings.data.display().to_string();
    in_runtime(verdancy_server::serve(settings, |address, key| {
        let paint = Paint::stdout();
        let mut out = String::from("\n");
        out += &line("pages", &paint.bold(&format!("http://{address}/")), paint);
        out += &line("data", &data, paint);
        if let Some(key) = key {
            out += &line("key", &key, paint);
            out += &line(
                "",
                "This key is for everything. It is shown only now.",
                paint,
            );
        }
        outcome::print(&(out + "\n"));
    }))
}

pub fn worker(args: &Worker, shown: &Shown) -> Result<u8> {
    in_runtime(verdancy_server::work(settings(&args.service, shown)?))
}

fn settings(args: &Service, shown: &Shown) -> Result<Settings> {
    let here =
        |e: std::io::Error| Error::internal("this program does not find itself").caused_by(e);
    let data = std::path::absolute(&args.data).map_err(here)?;
    let lease = args.lease.clamp(0.5, 86_400.0);
    let beat = (lease / 6.0).min(5.0);
    Ok(Settings {
        database: (args.database.clone())
            .or_else(|| std::env::var("VERDANCY_DATABASE").ok())
            .unwrap_or_else(|| format!("sqlite://{}", data.join("verdancy.db").display())),
        data,
        listen: ([127, 0, 0, 1], 0).into(),
        open: false,
        new_key: false,
        works: true,
        binary: std::env::current_exe().map_err(here)?,
        threads: verdancy_engine::options::threads(shown.threads),
        limits: Limits {
            memory: args.memory,
            table: args.bounds.limits(),
            ..Limits::default()
        },
        sweep: sweep(),
        rhythm: verdancy_server::Rhythm {
            lease: Duration::from_secs_f64(lease),
            beat: Duration::from_secs_f64(beat),
            flush: Duration::from_secs_f64(beat.min(0.7)),
        },
    })
}

/// Age at which files that nothing names are taken away: `VERDANCY_SWEEP_SECONDS`, or an hour.
fn sweep() -> Duration {
    (std::env::var("VERDANCY_SWEEP_SECONDS").ok())
        .and_then(|text| text.parse().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(Duration::from_secs(3600))
}

/// What a panic says may quote data; a log gets its place only.
fn tell_places_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        eprintln!("panic at {}", place.unwrap_or_default());
    }));
}

fn in_runtime(work: impl Future<Output = Result<()>>) -> Result<u8> {
    tell_places_of_panics();
    let runtime = verdancy_server::runtime()?;
    runtime.block_on(work)?;
    // What still waits on a file must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(GREEN)
}
