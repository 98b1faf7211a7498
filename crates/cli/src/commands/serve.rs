//! `verdancy serve` and `verdancy worker`

use std::time::Duration;

use url::Url;
use verdancy_engine::Result;
use verdancy_server::{Limits, Rules, Settings};
use verdancy_table::Error;

use crate::args::{Serve, Service, Shown, Worker};
use crate::outcome::{self, GREEN};
use crate::paint::{Paint, line};

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
    settings.oidc = args.oidc.as_deref().map(Rules::load).transpose()?;
    settings.private_metrics = args.private_metrics;
    settings.limits.upload = args.upload;
    if let Some(readers) = args.readers {
        let readers = readers as usize;
        settings.limits.readers = readers;
        settings.limits.readers_share = readers.saturating_sub(1).max(1);
    }
    let data = settings.data.display().to_string();
    in_runtime(verdancy_server::serve(settings, |address, key| {
        let paint = Paint::stdout();
        let mut out = String::from("\n");
        out += &line("pages", &paint.bold(&format!("http://{address}/")), paint);
        out += &line("data", &data, paint);
        if !args.open && key.is_none() {
            let words = "made at the first start; `verdancy serve --new-key` makes another";
            out += &line("key", words, paint);
        }
        if let Some(key) = key {
            out += &line("key", &key, paint);
            out += &line(
                "",
                "This key is for everything. It is shown only now.",
                paint,
            );
        }
        outcome::show(&(out + "\n"));
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
    let keys = (args.store_key_file.as_deref()).map(verdancy_server::store_keys);
    let keys = keys.transpose()?;
    let scratch = match &args.scratch {
        Some(folder) => std::path::absolute(folder).map_err(here)?,
        None => verdancy_server::scratch_of(&data, keys.is_some()),
    };
    Ok(Settings {
        database: database(args, &data)?,
        data,
        keys,
        scratch,
        listen: ([127, 0, 0, 1], 0).into(),
        open: false,
        new_key: false,
        oidc: None,
        private_metrics: false,
        works: true,
        binary: std::env::current_exe().map_err(here)?,
        threads: verdancy_engine::options::threads(shown.threads),
        limits: Limits {
            memory: args.memory,
            run: args.max_run,
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

/// The address of the database. A password is told by the environment or a file: the command line is everybody's
/// to read.
fn database(args: &Service, data: &std::path::Path) -> Result<String> {
    let url = match &args.database {
        Some(url) if has_password(url) => {
            return Err(Error::input(
                "cli/password-on-command-line",
                "The address of the database has a password in it, which every process of this machine can read.",
                "Give the address in VERDANCY_DATABASE, or the password in a file with --database-password-file.",
            ));
        }
        Some(url) => url.clone(),
        None => match std::env::var("VERDANCY_DATABASE") {
            Ok(url) => url,
            Err(_) => verdancy_server::sqlite_url(&data.join("verdancy.db")),
        },
    };
    let Some(file) = &args.database_password_file else {
        return Ok(url);
    };
    let password = std::fs::read_to_string(file).map_err(|e| {
        Error::input(
            "cli/password-file",
            "The file with the password of the database cannot be read.",
            "Check its path and its rights.",
        )
        .in_file(file)
        .caused_by(e)
    })?;
    Ok(with_password(&url, password.trim_end_matches(['\r', '\n'])))
}

fn has_password(address: &str) -> bool {
    let authority = address.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    // Also an empty one, which `Url` leaves out.
    let of_user = (authority.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'));
    let in_query = || {
        let url = Url::parse(address).ok();
        url.is_some_and(|url| url.query_pairs().any(|(name, _)| name == "password"))
    };
    address.starts_with("postgres") && (of_user || in_query())
}

/// The address with a password; as it is where it names no host, such as that of an SQLite file.
fn with_password(address: &str, password: &str) -> String {
    let with = |mut url: Url| url.set_password(Some(password)).map(|()| url.into());
    match Url::parse(address).map(with) {
        Ok(Ok(url)) => url,
        _ => address.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_seen_wherever_they_stand() {
        for url in [
            "postgres://u:p@h/d",
            "postgresql://u:@h/d",
            "postgres://h/d?a=b&password=p",
        ] {
            assert!(has_password(url), "{url}");
        }
        for url in [
            "postgres://u@h:5432/d",
            "postgres://h/d?x=u:p@h",
            "sqlite:///a:b@c.db",
        ] {
            assert!(!has_password(url), "{url}");
        }
    }

    #[test]
    fn a_password_from_a_file_is_escaped() {
        let url = with_password("postgres://u@h:5432/d?sslmode=require", "p@s/s:?é");
        assert_eq!(
            url,
            "postgres://u:p%40s%2Fs%3A%3F%C3%A9@h:5432/d?sslmode=require"
        );
    }
}
