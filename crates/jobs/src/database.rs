//! One pool for both databases, and the few words in which their SQL differs.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, AssertSqlSafe, Connection, Executor};

use crate::Result;

/// Time in which a connection has to be had.
const ACQUIRE: Duration = Duration::from_secs(5);

const SCHEMA: &str = include_str!("schema.sql");

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A pool of connections.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    dialect: Dialect,
    url: String,
}

impl Database {
    /// Connects to `sqlite://FILE` (made when it is not there) or `postgres://…` with at most
    /// `connections`, and makes the tables that are not there.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn connect(url: &str, connections: u32) -> Result<Database> {
        let database = Database::join(url, connections).await?;
        database.make(SCHEMA).await?;
        Ok(database)
    }

    /// The same without making tables.
    async fn join(url: &str, connections: u32) -> Result<Database> {
        sqlx::any::install_default_drivers();
        let dialect = if url.starts_with("postgres") {
            Dialect::Postgres
        } else {
            Dialect::Sqlite
        };
        if dialect == Dialect::Sqlite {
            keep_private(url)?;
        }
        let full = match dialect {
            Dialect::Sqlite if !url.contains('?') => Cow::from(format!("{url}?mode=rwc")),
            Dialect::Sqlite => url.into(),
            Dialect::Postgres => guarded(url),
        };
        let options: AnyConnectOptions = full.parse()?;
        let pool = AnyPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(ACQUIRE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if dialect == Dialect::Sqlite {
                        connection.execute(SQLITE).await?;
                    }
                    Ok(())
                })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    // When SQLite runs out of disk it rolls back by itself, and the driver goes on
                    // believing in a transaction that no statement can end: such a connection is not
                    // used again. The question brings pending rollbacks to their end.
                    if connection.is_in_transaction() {
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Database {
            pool,
            dialect,
            url: url.to_owned(),
        })
    }

    /// Runs statements that make tables, several processes at once included.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn make(&self, statements: &'static str) -> Result<()> {
        let mut held = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            // CREATE TABLE IF NOT EXISTS is not safe against itself; one at a time is.
            sqlx::query("SELECT pg_advisory_xact_lock(7261021)")
                .execute(&mut *held)
                .await?;
        }
        sqlx::raw_sql(statements).execute(&mut *held).await?;
        held.commit().await?;
        Ok(())
    }

    /// The pool.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A statement, with `{now}` (seconds since 1970 by the database's clock) and `{skip}` (leave
    /// out rows that others hold) in this database's words.
    pub fn sql(&self, text: &'static str) -> AssertSqlSafe<String> {
        let (now, skip) = match self.dialect {
            Dialect::Sqlite => ("unixepoch('subsec')", ""),
            Dialect::Postgres => (
                "extract(epoch from clock_timestamp())::double precision",
                "FOR UPDATE SKIP LOCKED",
            ),
        };
        AssertSqlSafe(text.replace("{now}", now).replace("{skip}", skip))
    }

    /// A transaction that writes.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Any>> {
        let words = match self.dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        Ok(self.pool.begin_with(words).await?)
    }

    /// The same database with connections of its own.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn again(&self, connections: u32) -> Result<Database> {
        Database::join(&self.url, connections).await
    }
}

/// What every SQLite connection is told: readers beside one writer, waiting for locks, and a commit
/// is on the disk when it returns.
const SQLITE: &str = "PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// What stands for itself in the path of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The address of a SQLite file, whatever letters its path has.
pub fn sqlite_url(path: &Path) -> String {
    let path = path.to_string_lossy();
    format!("sqlite://{}", utf8_percent_encode(&path, PLAIN))
}

/// The file of a SQLite address; none for a database in memory.
fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().filter(|p| *p != ":memory:")?;
    Some(PathBuf::from(
        percent_decode_str(path).decode_utf8().ok()?.into_owned(),
    ))
}

/// Nobody but its owner reads the file; SQLite gives its log the same rights.
#[cfg(unix)]
fn keep_private(url: &str) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let Some(path) = file_of(url) else {
        return Ok(());
    };
    let open = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path);
    // What cannot be opened is told by the driver.
    drop(open);
    for end in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(end);
        let private = std::fs::Permissions::from_mode(0o600);
        match std::fs::set_permissions(&name, private) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_private(_: &str) -> std::io::Result<()> {
    Ok(())
}

/// A PostgreSQL address that asks for TLS with a known certificate, unless it says otherwise or leads nowhere
/// but this machine.
fn guarded(url: &str) -> Cow<'_, str> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let host = host.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let socket = name.is_empty() || name.starts_with("%2F") || query.contains("host=");
    let here = name.eq_ignore_ascii_case("localhost")
        || (name.parse::<std::net::IpAddr>()).is_ok_and(|address| address.is_loopback());
    if socket || here || query.contains("sslmode=") {
        return url.into();
    }
    let mark = if query.is_empty() && !url.ends_with('?') {
        "?"
    } else {
        "&"
    };
    format!("{url}{mark}sslmode=verify-full").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_file_may_have_any_name_and_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        for name in ["plain.db", "x?mode=ro", "p%20q", "a b#c", "é.db"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            let url = sqlite_url(&path);
            assert_eq!(file_of(&url), Some(path.clone()), "{url}");
            let database = Database::connect(&url, 2).await.unwrap();
            let mode = |end: &str| {
                let name = format!("{}{end}", path.display());
                let meta = std::fs::metadata(&name).unwrap_or_else(|e| panic!("{name}: {e}"));
                meta.permissions().mode() & 0o777
            };
            assert_eq!(
                (mode(""), mode("-wal"), mode("-shm")),
                (0o600, 0o600, 0o600)
            );
            database.pool().close().await;
        }
    }

    #[test]
    fn the_way_to_another_machine_is_encrypted() {
        let other = "postgres://u@db.example/verdancy";
        assert_eq!(guarded(other), format!("{other}?sslmode=verify-full"));
        let asked = "postgres://u:p%40x@10.0.0.7:5432/v?application_name=a";
        assert_eq!(guarded(asked), format!("{asked}&sslmode=verify-full"));
        for same in [
            "postgres://u@localhost:5432/v",
            "postgres://u@127.0.0.1/v",
            "postgres://u@[::1]:5432/v",
            "postgres:///v?host=/var/run/postgresql",
            "postgres://u@%2Fvar%2Frun/v",
            "postgres://u@db/v?sslmode=disable",
        ] {
            assert_eq!(guarded(same), same);
        }
    }
}
