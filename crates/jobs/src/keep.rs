//! What is kept of jobs beside the queue: labels to find them by, the files that they need, the wish
//! that one be finished; and how all of it is forgotten.

use std::collections::HashSet;

use sqlx::{Any, Row, Transaction};

use crate::job::columns;
use crate::{Error, Job, NewJob, Queue, Result};

impl Queue {
    /// Notes what a new job brings.
    pub(crate) async fn note(
        &self,
        tx: &mut Transaction<'_, Any>,
        id: &str,
        new: &NewJob,
    ) -> Result<()> {
        if !new.words.is_empty() {
            self.label(tx, id, &new.words).await?;
        }
        if let Some(parent) = &new.parent {
            sqlx::query("INSERT INTO job_parents (job, parent) VALUES ($1, $2)")
                .bind(id)
                .bind(parent)
                .execute(&mut **tx)
                .await?;
        }
        let needs = new.holds.iter().map(|hash| (hash, 0_i64));
        for (hash, lasting) in needs.chain(new.keeps.iter().map(|hash| (hash, 1))) {
            sqlx::query(
                "INSERT INTO job_holds (job, hash, lasting) VALUES ($1, $2, $3) ON CONFLICT (job, hash) DO NOTHING",
            )
            .bind(id)
            .bind(hash)
            .bind(lasting)
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }

    async fn label(&self, tx: &mut Transaction<'_, Any>, id: &str, words: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO job_labels (job, words) VALUES ($1, $2) \
             ON CONFLICT (job) DO UPDATE SET words = excluded.words",
        )
        .bind(id)
        .bind(words.to_lowercase())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Changes what a job says of itself, and the words that it is found by. Not what is done: a worker that
    /// has begun does not look again.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Database`].
    pub async fn amend(&self, id: &str, payload: &str, words: &str) -> Result<()> {
        let mut tx = self.database().begin().await?;
        let done = sqlx::query("UPDATE jobs SET payload = $2 WHERE id = $1")
            .bind(id)
            .bind(payload)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Err(Error::Unknown);
        }
        self.label(&mut tx, id, words).await?;
        Ok(tx.commit().await?)
    }

    /// Asks a job to come to its end with the best that it has.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn finish(&self, id: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO job_finishes (job) SELECT id FROM jobs WHERE id = $1 AND state = 'running' \
             ON CONFLICT (job) DO NOTHING",
        )
        .bind(id)
        .execute(self.database().pool())
        .await?;
        Ok(())
    }

    /// True when a job was asked to come to its end.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn finishing(&self, id: &str) -> Result<bool> {
        let row = sqlx::query("SELECT count(*) FROM job_finishes WHERE job = $1")
            .bind(id)
            .fetch_one(self.database().pool())
            .await?;
        Ok(row.try_get::<i64, _>(0)? > 0)
    }

    /// Forgets a job that has ended, with its events and the names of its files, whose contents go with the
    /// next sweep. False while it has not ended.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Database`].
    pub async fn forget(&self, id: &str) -> Result<bool> {
        let mut tx = self.database().begin().await?;
        let row = sqlx::query("SELECT state FROM jobs WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let state: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        let Some(state) = state else {
            tx.rollback().await?;
            return Err(Error::Unknown);
        };
        if !matches!(state.as_str(), "succeeded" | "failed" | "cancelled") {
            tx.rollback().await?;
            return Ok(false);
        }
        for text in [
            "DELETE FROM job_events WHERE job = $1",
            "DELETE FROM job_artifacts WHERE job = $1",
            "DELETE FROM job_labels WHERE job = $1",
            "DELETE FROM job_holds WHERE job = $1",
            "DELETE FROM job_finishes WHERE job = $1",
            "DELETE FROM job_parents WHERE job = $1",
            "DELETE FROM jobs WHERE id = $1",
        ] {
            sqlx::query(text).bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// True when a job is there, which then cannot be forgotten before the transaction has ended.
    pub(crate) async fn hold(&self, tx: &mut Transaction<'_, Any>, id: &str) -> Result<bool> {
        let held = sqlx::query("UPDATE jobs SET priority = priority WHERE id = $1")
            .bind(id)
            .execute(&mut **tx)
            .await?;
        Ok(held.rows_affected() == 1)
    }

    /// Jobs that belong to a job, the newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn children(&self, parent: &str, limit: i64) -> Result<Vec<Job>> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM jobs WHERE id IN (SELECT job FROM job_parents WHERE parent = $1) \
             ORDER BY id DESC LIMIT $2"
        ))
        .bind(parent)
        .bind(limit)
        .fetch_all(self.database().pool())
        .await?;
        rows.iter().map(Job::of).collect()
    }

    /// The job that a job belongs to.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn parent(&self, id: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT parent FROM job_parents WHERE job = $1")
            .bind(id)
            .fetch_optional(self.database().pool())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Jobs whose parents are forgotten.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn orphans(&self) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT p.job FROM job_parents p WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = p.parent) \
             ORDER BY p.job",
        )
        .fetch_all(self.database().pool())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Jobs of a project that ended more than `age` seconds ago, at most a hundred.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn ended(&self, project: &str, age: f64) -> Result<Vec<String>> {
        let rows = sqlx::query(self.database().sql(
            "SELECT id FROM jobs WHERE project = $1 AND finished_at <= {now} - $2 \
             AND state IN ('succeeded', 'failed', 'cancelled') ORDER BY id LIMIT 100",
        ))
        .bind(project)
        .bind(age)
        .fetch_all(self.database().pool())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Asks for the end of all jobs of a project that have not ended; gives how many there were.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn cancel_all(&self, project: &str) -> Result<u64> {
        let done = sqlx::query(self.database().sql(
            "UPDATE jobs SET finished_at = CASE WHEN state = 'queued' THEN {now} ELSE NULL END, \
             state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE 'cancelling' END \
             WHERE project = $1 AND state IN ('queued', 'running')",
        ))
        .bind(project)
        .execute(self.database().pool())
        .await?;
        Ok(done.rows_affected())
    }

    /// Jobs that need a file: those that keep it, and those that hold it and have not ended.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn needing(&self, hash: &str) -> Result<Vec<String>> {
        let rows = sqlx::query("SELECT job FROM job_holds WHERE hash = $1 ORDER BY job")
            .bind(hash)
            .fetch_all(self.database().pool())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Hashes of all files that jobs left, keep, or need until they end.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn hashes(&self) -> Result<HashSet<String>> {
        let rows = sqlx::query(
            "SELECT hash FROM job_artifacts UNION SELECT h.hash FROM job_holds h JOIN jobs j ON j.id = h.job \
             WHERE h.lasting = 1 OR j.state IN ('queued', 'running', 'cancelling')",
        )
        .fetch_all(self.database().pool())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Bytes of the files that a project's jobs left.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn bytes(&self, project: &str) -> Result<u64> {
        let row = sqlx::query(
            "SELECT CAST(coalesce(sum(a.bytes), 0) AS BIGINT) FROM job_artifacts a \
             JOIN jobs j ON j.id = a.job WHERE j.project = $1",
        )
        .bind(project)
        .fetch_one(self.database().pool())
        .await?;
        Ok(row.try_get::<i64, _>(0)?.max(0) as u64)
    }
}
