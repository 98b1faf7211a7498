//! One pool for both databases, and the few words in which their SQL differs.

use std::time::Duration;

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
        let full = match dialect {
            Dialect::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
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
