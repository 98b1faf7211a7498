//! Whose turn it is: projects share the workers by weight, however many jobs each has queued.
//!
//! Start-time fair queueing. Each project has a *turn*, a number that grows by one over its weight with
//! every job that it is given; the project with the smallest turn goes next. Whoever comes back after a
//! while does not make up for the time in which it wanted nothing: it begins where those who work are now.
//! So a project with any number of queued jobs delays another's by one job per worker at most. Priority orders the
//! jobs of one project; it does not pass other projects.

use sqlx::{Any, Row, Transaction};

use crate::{Queue, Result};

/// Bounds of a weight.
const WEIGHTS: std::ops::RangeInclusive<f64> = 0.01..=100.0;

impl Queue {
    /// Gives a project so many turns for each of one of weight 1; from a hundredth to a hundred.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn weigh(&self, project: &str, weight: f64) -> Result<()> {
        let weight = weight.clamp(*WEIGHTS.start(), *WEIGHTS.end());
        self.line_up(project).await?;
        sqlx::query("UPDATE job_turns SET weight = $2 WHERE project = $1")
            .bind(project)
            .bind(weight)
            .execute(self.database().pool())
            .await?;
        Ok(())
    }

    /// What a project weighs; 1 unless it was said.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn weight(&self, project: &str) -> Result<f64> {
        let row = sqlx::query("SELECT weight FROM job_turns WHERE project = $1")
            .bind(project)
            .fetch_optional(self.database().pool())
            .await?;
        row.map_or(Ok(1.0), |row| Ok(row.try_get(0)?))
    }

    /// A project wants something: its turn is no earlier than that of those who are served now.
    pub(crate) async fn line_up(&self, project: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO job_turns (project, weight, turn) SELECT $1, 1, coalesce(min(CASE WHEN t.project IN \
             (SELECT project FROM jobs WHERE state IN ('running', 'cancelling')) \
             THEN t.turn - 1.0 / t.weight ELSE t.turn END), 0) FROM job_turns t \
             WHERE t.project IN (SELECT project FROM jobs WHERE state IN ('running', 'cancelling')) \
             OR EXISTS (SELECT 1 FROM jobs j WHERE j.project = t.project AND j.state = 'queued') \
             ON CONFLICT (project) DO UPDATE SET turn = CASE WHEN job_turns.turn < excluded.turn \
             THEN excluded.turn ELSE job_turns.turn END",
        )
        .bind(project)
        .execute(self.database().pool())
        .await?;
        Ok(())
    }

    /// The projects that have something to do, whose turn it is first.
    pub(crate) async fn waiting(&self) -> Result<Vec<String>> {
        let rows = sqlx::query(self.database().sql(
            "SELECT t.project FROM job_turns t WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.project = t.project \
             AND j.state = 'queued' AND j.run_after <= {now} AND j.deaths < j.max_attempts) \
             ORDER BY t.turn, t.project LIMIT 32",
        ))
        .fetch_all(self.database().pool())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// A project was given a job.
    pub(crate) async fn had_turn(
        &self,
        tx: &mut Transaction<'_, Any>,
        project: &str,
    ) -> Result<()> {
        sqlx::query("UPDATE job_turns SET turn = turn + 1.0 / weight WHERE project = $1")
            .bind(project)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}
