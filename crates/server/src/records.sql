CREATE TABLE IF NOT EXISTS projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    project TEXT REFERENCES projects (id),
    sees_rows BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION,
    revoked_at DOUBLE PRECISION
);

CREATE TABLE IF NOT EXISTS datasets (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    column_count BIGINT NOT NULL,
    schema_toml TEXT NOT NULL,
    inspection TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS datasets_of_project ON datasets (project, created_at);
CREATE INDEX IF NOT EXISTS datasets_hash ON datasets (hash);

CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY,
    api_key TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE IF NOT EXISTS session_people (
    hash TEXT PRIMARY KEY,
    rules TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    choices TEXT NOT NULL,
    project TEXT,
    sees_rows BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS ways (
    hash TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    wanted TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS ways_by_age ON ways (created_at);

CREATE TABLE IF NOT EXISTS project_rules (
    project TEXT PRIMARY KEY REFERENCES projects (id),
    retention_days DOUBLE PRECISION,
    ending BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS answered (
    hash TEXT PRIMARY KEY,
    asked TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    created_at DOUBLE PRECISION NOT NULL
);

CREATE TABLE IF NOT EXISTS doomed (job TEXT PRIMARY KEY);
