CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')
    ),
    priority BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    deaths BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    owner TEXT,
    lease_until DOUBLE PRECISION,
    mark TEXT NOT NULL,
    death_mark TEXT NOT NULL,
    progress TEXT,
    last_event BIGINT NOT NULL,
    result TEXT,
    error_code TEXT,
    error TEXT,
    created_at DOUBLE PRECISION NOT NULL,
    run_after DOUBLE PRECISION NOT NULL,
    started_at DOUBLE PRECISION,
    finished_at DOUBLE PRECISION,
    unique_key TEXT UNIQUE
);
DROP INDEX IF EXISTS jobs_queued;
CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (project, priority DESC, created_at, id) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS jobs_held ON jobs (lease_until) WHERE state IN ('running', 'cancelling');
CREATE INDEX IF NOT EXISTS jobs_of_project ON jobs (project, created_at, id);

CREATE TABLE IF NOT EXISTS job_events (
    job TEXT NOT NULL REFERENCES jobs (id),
    seq BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, seq)
);

CREATE TABLE IF NOT EXISTS job_artifacts (
    job TEXT NOT NULL REFERENCES jobs (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (job, name)
);
CREATE INDEX IF NOT EXISTS job_artifacts_hash ON job_artifacts (hash);

CREATE TABLE IF NOT EXISTS job_turns (
    project TEXT PRIMARY KEY,
    weight DOUBLE PRECISION NOT NULL,
    turn DOUBLE PRECISION NOT NULL
);
INSERT INTO job_turns (project, weight, turn)
SELECT DISTINCT project, 1, 0 FROM jobs WHERE state = 'queued' ON CONFLICT (project) DO NOTHING;

CREATE TABLE IF NOT EXISTS job_labels (
    job TEXT PRIMARY KEY REFERENCES jobs (id),
    words TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS job_holds (
    job TEXT NOT NULL REFERENCES jobs (id),
    hash TEXT NOT NULL,
    lasting BIGINT NOT NULL,
    PRIMARY KEY (job, hash)
);

CREATE TABLE IF NOT EXISTS job_parents (
    job TEXT PRIMARY KEY REFERENCES jobs (id),
    parent TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS job_parents_of ON job_parents (parent);

CREATE TABLE IF NOT EXISTS job_finishes (
    job TEXT PRIMARY KEY REFERENCES jobs (id)
);
