//! Sessions of the pages: a random token for each sign-in, known to the database by its hash only, with a
//! limit on its whole life and one on the time without a request. It ends at the sign-out, and with its key.

use axum::http::HeaderMap;
use sqlx::Row;
use verdancy_jobs::Result;

use crate::actor::{Actor, Choice};
use crate::app::App;
use crate::keys::{cookie, new_key};
use crate::oidc::Person;
use crate::problem::Problem;

/// Seconds of a session, and without a request in it.
const LIFE: f64 = 12.0 * 3600.0;
const IDLE: f64 = 3600.0;
/// Seconds between two notes of a session's last request.
const NOTED: f64 = 60.0;

/// The name of the cookie, without and behind https, where it is of this host alone and goes over nothing else.
const COOKIE: [&str; 2] = ["verdancy_session", "__Host-verdancy"];

/// True when the browser came by https, as the proxy before the service says.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    let said = headers
        .get("x-forwarded-proto")
        .and_then(|v| v.to_str().ok());
    let last = said.and_then(|v| v.rsplit(',').next());
    last.is_some_and(|v| v.trim().eq_ignore_ascii_case("https"))
}

/// A cookie with `value`. `Lax`: links from elsewhere lead in, forms from elsewhere do not.
pub(crate) fn baked(headers: &HeaderMap, names: [&str; 2], value: &str, age: i64) -> String {
    let secure = is_secure(headers);
    let more = if secure { "; Secure" } else { "" };
    let name = names[usize::from(secure)];
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{more}")
}

fn hash_of(token: &str) -> String {
    let hash = blake3::derive_key("verdancy 2026 sessions", token.as_bytes());
    blake3::Hash::from_bytes(hash).to_hex().to_string()
}

fn token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE[usize::from(is_secure(headers))])
}

/// Begins a session of `actor` in the place of the one there was, and gives its cookie.
pub(crate) async fn begin(
    app: &App,
    headers: &HeaderMap,
    actor: &Actor,
) -> std::result::Result<String, Problem> {
    let key = actor.key().ok_or_else(Problem::no_key)?;
    Ok(new(app, headers, key).await?.0)
}

/// A new session, with a key or a person's; its cookie, and what the database knows it by.
async fn new(app: &App, headers: &HeaderMap, key: &str) -> Result<(String, String)> {
    remove(app, headers).await?;
    let token = new_key().replacen("vk_", "vs_", 1);
    let hash = hash_of(&token);
    let database = app.queue.database();
    sqlx::query(database.sql(
        "INSERT INTO sessions (hash, api_key, created_at, seen_at) VALUES ($1, $2, {now}, {now})",
    ))
    .bind(&hash)
    .bind(key)
    .execute(database.pool())
    .await?;
    Ok((baked(headers, COOKIE, &token, LIFE as i64), hash))
}

/// Begins a session of a person, in the first of what they may do.
pub(crate) async fn begin_person(
    app: &App,
    headers: &HeaderMap,
    person: &Person,
    rules: &str,
    choices: &[Choice],
) -> std::result::Result<(String, Actor), Problem> {
    let chosen = choices.first().ok_or_else(Problem::no_key)?.clone();
    let (cookie, hash) = new(app, headers, "").await?;
    let database = app.queue.database();
    sqlx::query(
        "INSERT INTO session_people (hash, rules, subject, name, choices, project, sees_rows) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&hash)
    .bind(rules)
    .bind(&person.subject)
    .bind(&person.name)
    .bind(serde_json::to_string(choices).map_err(|_| Problem::internal())?)
    .bind(&chosen.project)
    .bind(i64::from(chosen.sees_rows))
    .execute(database.pool())
    .await?;
    let (name, subject) = (person.name.clone(), person.subject.clone());
    let several = choices.len() > 1;
    let actor = Actor::person(name, chosen, several, &hash, subject);
    Ok((cookie, actor))
}

/// The person of a session; of other rules than those that hold now, it has ended.
async fn person_of(app: &App, hash: &str) -> std::result::Result<Actor, Problem> {
    let row = sqlx::query(
        "SELECT rules, subject, name, choices, project, sees_rows FROM session_people WHERE hash = $1",
    )
    .bind(hash)
    .fetch_optional(app.queue.database().pool())
    .await?;
    let row = row.ok_or_else(Problem::no_key)?;
    let rules: String = row.try_get(0)?;
    let holds = (app.provider.as_ref()).is_some_and(|p| p.rules().mark == rules);
    if !holds {
        return Err(Problem::no_key());
    }
    let choices: Vec<Choice> =
        serde_json::from_str(row.try_get(3)?).map_err(|_| Problem::internal())?;
    let chosen = Choice {
        project: row.try_get(4)?,
        sees_rows: row.try_get::<i64, _>(5)? == 1,
    };
    let (subject, name) = (row.try_get(1)?, row.try_get(2)?);
    Ok(Actor::person(
        name,
        chosen,
        choices.len() > 1,
        hash,
        subject,
    ))
}

/// What the person of a session may choose from, and has chosen.
pub(crate) async fn choices(
    app: &App,
    actor: &Actor,
) -> std::result::Result<(Vec<Choice>, Option<String>), Problem> {
    let hash = actor.session().ok_or_else(Problem::not_found)?;
    let row = sqlx::query("SELECT choices, project FROM session_people WHERE hash = $1")
        .bind(hash)
        .fetch_optional(app.queue.database().pool())
        .await?;
    let row = row.ok_or_else(Problem::no_key)?;
    let choices = serde_json::from_str(row.try_get(0)?).map_err(|_| Problem::internal())?;
    Ok((choices, row.try_get(1)?))
}

/// Goes on with another of them.
pub(crate) async fn choose(
    app: &App,
    actor: &Actor,
    project: Option<&str>,
) -> std::result::Result<(), Problem> {
    let (choices, _) = choices(app, actor).await?;
    let chosen = (choices.iter()).find(|choice| choice.project.as_deref() == project);
    let chosen = chosen.ok_or_else(Problem::not_found)?;
    sqlx::query("UPDATE session_people SET project = $2, sees_rows = $3 WHERE hash = $1")
        .bind(actor.session())
        .bind(&chosen.project)
        .bind(i64::from(chosen.sees_rows))
        .execute(app.queue.database().pool())
        .await?;
    Ok(())
}

/// An error when a session has ended.
pub(crate) async fn still(app: &App, hash: &str) -> std::result::Result<(), Problem> {
    let row = sqlx::query("SELECT hash FROM sessions WHERE hash = $1")
        .bind(hash)
        .fetch_optional(app.queue.database().pool())
        .await?;
    row.map(drop).ok_or_else(Problem::no_key)
}

/// Ends the session of a request, and gives the cookie that takes its own away.
pub(crate) async fn end(app: &App, headers: &HeaderMap) -> std::result::Result<String, Problem> {
    remove(app, headers).await?;
    Ok(baked(headers, COOKIE, "", 0))
}

async fn remove(app: &App, headers: &HeaderMap) -> Result<()> {
    if let Some(token) = token(headers) {
        for text in [
            "DELETE FROM session_people WHERE hash = $1",
            "DELETE FROM sessions WHERE hash = $1",
        ] {
            sqlx::query(text)
                .bind(hash_of(token))
                .execute(app.queue.database().pool())
                .await?;
        }
    }
    Ok(())
}

/// Whose session a request is of.
pub(crate) async fn actor(app: &App, headers: &HeaderMap) -> std::result::Result<Actor, Problem> {
    let hash = hash_of(token(headers).ok_or_else(Problem::no_key)?);
    let database = app.queue.database();
    let row = sqlx::query(database.sql(
        "SELECT api_key, {now} - seen_at FROM sessions \
         WHERE hash = $1 AND created_at > {now} - $2 AND seen_at > {now} - $3",
    ))
    .bind(&hash)
    .bind(LIFE)
    .bind(IDLE)
    .fetch_optional(database.pool())
    .await?;
    let row = row.ok_or_else(Problem::no_key)?;
    let (key, quiet): (String, f64) = (row.try_get(0)?, row.try_get(1)?);
    let actor = if key.is_empty() {
        person_of(app, &hash).await?
    } else {
        let found = app.records.key(&key).await?;
        Actor::of(found.ok_or_else(Problem::no_key)?, &key)?
    };
    if quiet > NOTED {
        sqlx::query(database.sql("UPDATE sessions SET seen_at = {now} WHERE hash = $1"))
            .bind(&hash)
            .execute(database.pool())
            .await?;
    }
    Ok(actor)
}

/// Takes away sessions that are over.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    let database = app.queue.database();
    sqlx::query(
        database
            .sql("DELETE FROM sessions WHERE created_at <= {now} - $1 OR seen_at <= {now} - $2"),
    )
    .bind(LIFE)
    .bind(IDLE)
    .execute(database.pool())
    .await?;
    sqlx::query("DELETE FROM session_people WHERE hash NOT IN (SELECT hash FROM sessions)")
        .execute(database.pool())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::access::actor_of;
    use crate::keys::hash_of as key_hash;
    use crate::settings::Limits;
    use crate::trial::app;

    fn with(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.insert(*name, value.parse().unwrap());
        }
        map
    }

    /// What the browser sends back.
    fn sent(cookie: &str) -> &str {
        cookie.split(';').next().unwrap()
    }

    async fn is_in(app: &App, cookie: &str) -> bool {
        actor(app, &with(&[("cookie", cookie)])).await.is_ok()
    }

    async fn set(app: &App, text: &'static str) {
        let database = app.queue.database();
        sqlx::query(database.sql(text))
            .execute(database.pool())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_session_is_not_its_key_and_ends() {
        let (_folder, app) = app(false, Limits::default()).await;
        let key = new_key();
        let hash = key_hash(&key);
        let row = app.records.add_key("k", &hash, None, true, None);
        let id = row.await.unwrap().id;
        let who = actor_of(&app, &key).await.unwrap();
        let empty = HeaderMap::new();
        let enter = async || begin(&app, &empty, &who).await.unwrap();
        let one = enter().await;
        assert!(!one.contains(&key[3..]) && one.contains("HttpOnly; SameSite=Lax"));
        assert!(is_in(&app, sent(&one)).await);
        let other = enter().await;
        assert_ne!(sent(&one), sent(&other));

        // A new sign-in takes the place of the session that it comes from.
        let moved = begin(&app, &with(&[("cookie", sent(&one))]), &who).await;
        assert!(!is_in(&app, sent(&one)).await && is_in(&app, sent(&moved.unwrap())).await);
        // The sign-out ends this one only.
        end(&app, &with(&[("cookie", sent(&other))])).await.unwrap();
        assert!(!is_in(&app, sent(&other)).await);

        for over in [
            "UPDATE sessions SET seen_at = seen_at - 3700",
            "UPDATE sessions SET created_at = created_at - 43300",
        ] {
            let cookie = enter().await;
            assert!(is_in(&app, sent(&cookie)).await);
            set(&app, over).await;
            assert!(!is_in(&app, sent(&cookie)).await, "{over}");
        }
        sweep(&app).await.unwrap();
        let row = sqlx::query("SELECT count(*) FROM sessions");
        let row = row.fetch_one(app.queue.database().pool()).await.unwrap();
        assert_eq!(row.try_get::<i64, _>(0).unwrap(), 0);

        let cookie = enter().await;
        app.records.revoke(&id).await.unwrap();
        assert!(!is_in(&app, sent(&cookie)).await, "it ends with its key");
    }

    #[tokio::test]
    async fn behind_https_the_cookie_is_of_this_host_alone() {
        let (_folder, app) = app(false, Limits::default()).await;
        let key = new_key();
        let hash = key_hash(&key);
        let row = app.records.add_key("k", &hash, None, true, None);
        row.await.unwrap();
        let who = actor_of(&app, &key).await.unwrap();
        let https = with(&[("x-forwarded-proto", "https")]);
        let made = begin(&app, &https, &who).await.unwrap();
        assert!(made.starts_with("__Host-verdancy=vs_") && made.ends_with("; Secure"));
        let value = sent(&made).split_once('=').unwrap().1;
        // Under the other name, which others may set, it opens nothing.
        let plain = format!("verdancy_session={value}");
        let asked = with(&[("x-forwarded-proto", "https"), ("cookie", &plain)]);
        assert!(actor(&app, &asked).await.is_err());
        let asked = with(&[("x-forwarded-proto", "https"), ("cookie", sent(&made))]);
        assert!(actor(&app, &asked).await.is_ok());
    }
}
