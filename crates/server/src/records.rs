//! Projects, keys and datasets in the database. Every question about something of a project takes the
//! asker's [`Scope`] and puts it into the statement.

use std::collections::HashSet;

use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;
use verdancy_jobs::{Database, Result, Ring};

use crate::scope::Scope;

/// After every id: ids are hexadecimal.
const LAST: &str = "g";

const TABLES: &str = include_str!("records.sql");

/// Where things of people belong to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name, unique.
    pub name: String,
    /// Seconds since 1970.
    pub created_at: f64,
    /// Its share of the workers, beside others of 1.
    pub weight: f64,
    /// Days after which its datasets and runs are forgotten; none for never.
    pub retention_days: Option<f64>,
}

/// An uploaded table as lists show it: what there is to say of its columns may be large.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub project: String,
    /// The name it was uploaded under.
    pub name: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its rows.
    pub rows: i64,
    /// Its columns.
    pub columns: i64,
    /// Who uploaded it.
    pub actor: String,
    /// Seconds since 1970.
    pub created_at: f64,
}

impl Dataset {
    /// As lists show it.
    pub fn listed(&self) -> Listed {
        Listed {
            id: self.id.clone(),
            project: self.project.clone(),
            name: self.name.clone(),
            bytes: self.bytes,
            rows: self.rows,
            columns: self.columns,
            actor: self.actor.clone(),
            created_at: self.created_at,
        }
    }

    /// What is understood of a table, as it is kept.
    pub fn stored(found: &verdancy_engine::Inspection) -> String {
        serde_json::to_string(found).unwrap_or_default()
    }

    /// What is understood of the table; none when another version kept it.
    pub fn inspection(&self) -> Option<verdancy_engine::Inspection> {
        serde_json::from_str(&self.inspection).ok()
    }
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeyRow {
    /// Its id, which is not the key.
    pub id: String,
    /// Whose it is, or what for.
    pub name: String,
    /// The project that it opens; none for all.
    pub project: Option<String>,
    /// True when it may see rows of real tables.
    pub sees_rows: bool,
    /// Seconds since 1970.
    pub created_at: f64,
    /// Seconds since 1970; none for never.
    pub expires_at: Option<f64>,
    /// False when it was revoked or has expired.
    pub live: bool,
}

/// An uploaded table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Dataset {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub project: String,
    /// The name it was uploaded under.
    pub name: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its rows.
    pub rows: i64,
    /// Its columns.
    pub columns: i64,
    /// What the columns mean, as `schema.toml`.
    pub schema_toml: String,
    /// What is understood of it, as [`Dataset::stored`] keeps it.
    #[serde(skip)]
    #[schema(ignore)]
    pub inspection: String,
    /// Hash of its content.
    #[serde(skip)]
    #[schema(ignore)]
    pub hash: String,
    /// Who uploaded it.
    pub actor: String,
    /// Seconds since 1970.
    pub created_at: f64,
}

/// What all runs come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    pub claims: f64,
    pub deaths: f64,
    /// Age of the oldest queued run, in seconds.
    pub wait: f64,
    /// Mean seconds of those that succeeded.
    pub seconds: f64,
    /// Bytes of their files, and of their samples'.
    pub artifacts: f64,
}

/// The tables of the service.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    database: Database,
    ring: Option<Ring>,
}

fn id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

macro_rules! dataset_columns {
    () => {
        "id, project, name, bytes, row_count, column_count, schema_toml, inspection, hash, actor, created_at"
    };
}

fn dataset(row: &AnyRow) -> Result<Dataset> {
    Ok(Dataset {
        id: row.try_get(0)?,
        project: row.try_get(1)?,
        name: row.try_get(2)?,
        bytes: row.try_get(3)?,
        rows: row.try_get(4)?,
        columns: row.try_get(5)?,
        schema_toml: row.try_get(6)?,
        inspection: row.try_get(7)?,
        hash: row.try_get(8)?,
        actor: row.try_get(9)?,
        created_at: row.try_get(10)?,
    })
}

fn project(row: &AnyRow) -> Result<Project> {
    Ok(Project {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        created_at: row.try_get(2)?,
        weight: row.try_get(3)?,
        retention_days: row.try_get(4)?,
    })
}

macro_rules! project_rows {
    () => {
        "SELECT p.id, p.name, p.created_at, coalesce(t.weight, 1.0), r.retention_days FROM projects p \
         LEFT JOIN project_rules r ON r.project = p.id LEFT JOIN job_turns t ON t.project = p.id \
         WHERE coalesce(r.ending, 0) = 0 AND "
    };
}

fn key(row: &AnyRow) -> Result<KeyRow> {
    Ok(KeyRow {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        project: row.try_get(2)?,
        sees_rows: row.try_get::<i64, _>(3)? == 1,
        created_at: row.try_get(4)?,
        expires_at: row.try_get(5)?,
        live: row.try_get::<i64, _>(6)? == 1,
    })
}

macro_rules! key_columns {
    () => {
        "id, name, project, sees_rows, created_at, expires_at, \
         CAST(CASE WHEN revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {now}) THEN 1 ELSE 0 END AS BIGINT)"
    };
}

impl Records {
    /// The tables in `database`, made where they are not there, with a project called `default`.
    pub async fn open(database: &Database, ring: Option<Ring>) -> Result<Records> {
        database.make(TABLES).await?;
        let records = Records {
            database: database.clone(),
            ring,
        };
        records.add_project("default").await?;
        Ok(records)
    }

    /// Makes a project; none when the name is taken.
    pub async fn add_project(&self, name: &str) -> Result<Option<Project>> {
        let id = id();
        let made = sqlx::query(self.database.sql(
            "INSERT INTO projects (id, name, created_at) VALUES ($1, $2, {now}) ON CONFLICT (name) DO NOTHING",
        ))
        .bind(&id)
        .bind(name)
        .execute(self.database.pool())
        .await?;
        match made.rows_affected() {
            0 => Ok(None),
            _ => self.project(&Scope::All, &id).await,
        }
    }

    /// The projects that `scope` opens, by name.
    pub async fn projects(&self, scope: &Scope) -> Result<Vec<Project>> {
        let rows = sqlx::query(concat!(
            project_rows!(),
            "($1 = '' OR p.id = $1) ORDER BY p.name"
        ))
        .bind(scope.parameter())
        .fetch_all(self.database.pool())
        .await?;
        rows.iter().map(project).collect()
    }

    /// One of them, by id or name.
    pub async fn project(&self, scope: &Scope, which: &str) -> Result<Option<Project>> {
        if which.contains('\0') {
            return Ok(None);
        }
        let row = sqlx::query(concat!(
            project_rows!(),
            "(p.id = $1 OR p.name = $1) AND ($2 = '' OR p.id = $2)"
        ))
        .bind(which)
        .bind(scope.parameter())
        .fetch_optional(self.database.pool())
        .await?;
        row.as_ref().map(project).transpose()
    }

    /// Stores a key by its hash.
    pub async fn add_key(
        &self,
        name: &str,
        hash: &str,
        project: Option<&str>,
        sees_rows: bool,
        days: Option<f64>,
    ) -> Result<KeyRow> {
        let row = sqlx::query(self.database.sql(concat!(
            "INSERT INTO api_keys (id, name, hash, project, sees_rows, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, {now}, {now} + $6 * 86400) RETURNING ",
            key_columns!()
        )))
        .bind(id())
        .bind(name)
        .bind(hash)
        .bind(project)
        .bind(i64::from(sees_rows))
        .bind(days)
        .fetch_one(self.database.pool())
        .await?;
        key(&row)
    }

    /// The key with this hash.
    pub async fn key(&self, hash: &str) -> Result<Option<KeyRow>> {
        let row = sqlx::query((self.database).sql(concat!(
            "SELECT ",
            key_columns!(),
            " FROM api_keys WHERE hash = $1"
        )))
        .bind(hash)
        .fetch_optional(self.database.pool())
        .await?;
        row.as_ref().map(key).transpose()
    }

    /// All keys.
    pub async fn keys(&self) -> Result<Vec<KeyRow>> {
        let rows = sqlx::query((self.database).sql(concat!(
            "SELECT ",
            key_columns!(),
            " FROM api_keys ORDER BY id"
        )))
        .fetch_all(self.database.pool())
        .await?;
        rows.iter().map(key).collect()
    }

    /// Ends a key; false when there is none.
    pub async fn revoke(&self, id: &str) -> Result<bool> {
        let done = sqlx::query(
            (self.database)
                .sql("UPDATE api_keys SET revoked_at = coalesce(revoked_at, {now}) WHERE id = $1"),
        )
        .bind(id)
        .execute(self.database.pool())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Stores a dataset whose content is in the store.
    pub async fn add_dataset(&self, new: &Dataset) -> Result<Dataset> {
        let row = sqlx::query(self.database.sql(concat!(
            "INSERT INTO datasets (id, project, name, bytes, row_count, column_count, schema_toml, \
             inspection, hash, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, {now}) \
             RETURNING ",
            dataset_columns!()
        )))
        .bind(id())
        .bind(&new.project)
        .bind(&new.name)
        .bind(new.bytes)
        .bind(new.rows)
        .bind(new.columns)
        .bind(self.sealed(&new.schema_toml)?)
        .bind(self.sealed(&new.inspection)?)
        .bind(&new.hash)
        .bind(&new.actor)
        .fetch_one(self.database.pool())
        .await?;
        self.opened(dataset(&row)?)
    }

    /// What tells of a table, as it lies in the database.
    pub fn sealed(&self, text: &str) -> Result<String> {
        match &self.ring {
            Some(ring) => ring.seal_text(text),
            None => Ok(text.to_owned()),
        }
    }

    /// The same as it was.
    pub fn open_text(&self, text: String) -> Result<String> {
        Ring::open_text(self.ring.as_ref(), text)
    }

    fn opened(&self, mut dataset: Dataset) -> Result<Dataset> {
        dataset.schema_toml = self.open_text(dataset.schema_toml)?;
        dataset.inspection = self.open_text(dataset.inspection)?;
        Ok(dataset)
    }

    /// Seals with the first key what was not.
    pub async fn reseal(&self) -> Result<()> {
        let Some(ring) = &self.ring else {
            return Ok(());
        };
        let ids = sqlx::query("SELECT id FROM datasets")
            .fetch_all(self.database.pool())
            .await?;
        for row in ids {
            let id: String = row.try_get(0)?;
            let row = sqlx::query("SELECT schema_toml, inspection FROM datasets WHERE id = $1")
                .bind(&id)
                .fetch_optional(self.database.pool())
                .await?;
            let Some(row) = row else { continue };
            let (schema, found): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if ring.is_sealed(&schema) && ring.is_sealed(&found) {
                continue;
            }
            // Someone may have changed it meanwhile.
            sqlx::query(
                "UPDATE datasets SET schema_toml = $2, inspection = $3 WHERE id = $1 AND schema_toml = $4",
            )
            .bind(&id)
            .bind(self.sealed(&self.open_text(schema.clone())?)?)
            .bind(self.sealed(&self.open_text(found)?)?)
            .bind(schema)
            .execute(self.database.pool())
            .await?;
        }
        Ok(())
    }

    /// How many datasets a project has, and their bytes together.
    pub async fn count_datasets(&self, project: &str) -> Result<(i64, i64)> {
        let row = sqlx::query(
            "SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM datasets WHERE project = $1",
        )
        .bind(project)
        .fetch_one(self.database.pool())
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Datasets, their rows and their bytes, of all projects together.
    pub async fn totals(&self) -> Result<[i64; 3]> {
        let row = sqlx::query(
            "SELECT count(*), CAST(coalesce(sum(row_count), 0) AS BIGINT), \
             CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM datasets",
        )
        .fetch_one(self.database.pool())
        .await?;
        Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
    }

    /// The newest datasets that `scope` opens.
    pub async fn datasets(&self, scope: &Scope, limit: i64) -> Result<Vec<Listed>> {
        self.datasets_before(scope, LAST, limit).await
    }

    /// The newest of them that are older than `before`; ids sort by age.
    pub async fn datasets_before(
        &self,
        scope: &Scope,
        before: &str,
        limit: i64,
    ) -> Result<Vec<Listed>> {
        let rows = sqlx::query(
            "SELECT id, project, name, bytes, row_count, column_count, actor, created_at \
             FROM datasets WHERE ($1 = '' OR project = $1) AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(scope.parameter())
        .bind(before)
        .bind(limit)
        .fetch_all(self.database.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Listed {
                    id: row.try_get(0)?,
                    project: row.try_get(1)?,
                    name: row.try_get(2)?,
                    bytes: row.try_get(3)?,
                    rows: row.try_get(4)?,
                    columns: row.try_get(5)?,
                    actor: row.try_get(6)?,
                    created_at: row.try_get(7)?,
                })
            })
            .collect()
    }

    /// One of them.
    pub async fn dataset(&self, scope: &Scope, id: &str) -> Result<Option<Dataset>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let row = sqlx::query(concat!(
            "SELECT ",
            dataset_columns!(),
            " FROM datasets WHERE id = $1 AND ($2 = '' OR project = $2)"
        ))
        .bind(id)
        .bind(scope.parameter())
        .fetch_optional(self.database.pool())
        .await?;
        let found = row.as_ref().map(dataset).transpose()?;
        found.map(|found| self.opened(found)).transpose()
    }

    /// Changes what the columns of a dataset mean.
    pub async fn set_schema(&self, id: &str, schema: &str, inspection: &str) -> Result<()> {
        sqlx::query("UPDATE datasets SET schema_toml = $2, inspection = $3 WHERE id = $1")
            .bind(id)
            .bind(self.sealed(schema)?)
            .bind(self.sealed(inspection)?)
            .execute(self.database.pool())
            .await?;
        Ok(())
    }

    /// Hashes of the contents of all datasets; the queue knows what runs need.
    pub async fn hashes(&self) -> Result<HashSet<String>> {
        let rows = sqlx::query("SELECT DISTINCT hash FROM datasets")
            .fetch_all(self.database.pool())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// What all jobs of a kind come to.
    pub async fn sums(&self, kind: &str) -> Result<Sums> {
        let row = sqlx::query(self.database.sql(
            "SELECT CAST(coalesce(sum(attempt), 0) AS DOUBLE PRECISION), \
             CAST(coalesce(sum(deaths), 0) AS DOUBLE PRECISION), \
             CAST(coalesce({now} - min(CASE WHEN state = 'queued' THEN created_at END), 0) AS DOUBLE PRECISION), \
             CAST(coalesce(avg(CASE WHEN state = 'succeeded' THEN finished_at - started_at END), 0) \
             AS DOUBLE PRECISION), \
             (SELECT CAST(coalesce(sum(bytes), 0) AS DOUBLE PRECISION) FROM job_artifacts) \
             FROM jobs WHERE kind = $1",
        ))
        .bind(kind)
        .fetch_one(self.database.pool())
        .await?;
        Ok(Sums {
            claims: row.try_get(0)?,
            deaths: row.try_get(1)?,
            wait: row.try_get(2)?,
            seconds: row.try_get(3)?,
            artifacts: row.try_get(4)?,
        })
    }

    /// Failed jobs of a kind by code.
    pub async fn failures(&self, kind: &str) -> Result<Vec<(String, u64)>> {
        let rows = sqlx::query(
            "SELECT coalesce(error_code, ''), count(*) FROM jobs WHERE state = 'failed' AND kind = $1 \
             GROUP BY error_code ORDER BY 1",
        )
        .bind(kind)
        .fetch_all(self.database.pool())
        .await?;
        (rows.iter())
            .map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.max(0) as u64)))
            .collect()
    }

    /// Runs and samples of a project that have not ended.
    pub async fn unfinished(&self, project: &str) -> Result<i64> {
        let row = sqlx::query(
            "SELECT count(*) FROM jobs WHERE project = $1 AND state IN ('queued', 'running', 'cancelling')",
        )
        .bind(project)
        .fetch_one(self.database.pool())
        .await?;
        Ok(row.try_get(0)?)
    }
}
