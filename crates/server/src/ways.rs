//! Browsers on their way to the provider of identities. What one needs to come back with is kept under the hash of a
//! cookie, for ten minutes and one return; so a return that another browser began, or a second one, opens nothing.

use sqlx::Row;
use verdancy_jobs::Result;

use crate::app::App;
use crate::keys::new_key;
use crate::oidc::Leaving;

/// Seconds in which a browser has to be back.
pub(crate) const AWAY: f64 = 600.0;
/// Browsers that are away; the oldest are forgotten beyond that.
const AWAY_MOST: i64 = 10_000;

/// What is remembered of a browser that comes back.
pub(crate) struct Way {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    /// The page that it wanted.
    pub wanted: String,
}

fn hash_of(token: &str) -> String {
    let hash = blake3::derive_key("verdancy 2026 ways to the provider", token.as_bytes());
    blake3::Hash::from_bytes(hash).to_hex().to_string()
}

/// Remembers a browser that leaves and wants the page `next` after; gives what it takes along in a cookie.
pub(crate) async fn begin(app: &App, leaving: &Leaving, next: &str) -> Result<String> {
    let token = new_key();
    let database = app.queue.database();
    let insert = "INSERT INTO ways (hash, state, nonce, verifier, wanted, created_at) \
        VALUES ($1, $2, $3, $4, $5, {now})";
    sqlx::query(database.sql(insert))
        .bind(hash_of(&token))
        .bind(&leaving.state)
        .bind(&leaving.nonce)
        .bind(&leaving.verifier)
        .bind(next)
        .execute(database.pool())
        .await?;
    let oldest = "DELETE FROM ways WHERE created_at < \
        (SELECT created_at FROM ways ORDER BY created_at DESC LIMIT 1 OFFSET $1)";
    sqlx::query(oldest)
        .bind(AWAY_MOST)
        .execute(database.pool())
        .await?;
    Ok(token)
}

/// What was remembered of the browser with this cookie, which comes back once.
pub(crate) async fn end(app: &App, token: &str) -> Result<Option<Way>> {
    let database = app.queue.database();
    let take = "DELETE FROM ways WHERE hash = $1 AND created_at > {now} - $2 \
        RETURNING state, nonce, verifier, wanted";
    let row = sqlx::query(database.sql(take))
        .bind(hash_of(token))
        .bind(AWAY)
        .fetch_optional(database.pool())
        .await?;
    let way = |row: sqlx::any::AnyRow| {
        Ok(Way {
            state: row.try_get(0)?,
            nonce: row.try_get(1)?,
            verifier: row.try_get(2)?,
            wanted: row.try_get(3)?,
        })
    };
    row.map(way).transpose()
}

/// Forgets browsers that did not come back.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    let database = app.queue.database();
    sqlx::query(database.sql("DELETE FROM ways WHERE created_at <= {now} - $1"))
        .bind(AWAY)
        .execute(database.pool())
        .await?;
    Ok(())
}
