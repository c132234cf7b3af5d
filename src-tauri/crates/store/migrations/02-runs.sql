-- Runs: world revision + scenario + seed + engine version -> results. The large part is an artifact beside the file.

CREATE TABLE runs (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    world          TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    seed           INTEGER NOT NULL, -- the bits of an unsigned number
    engine_version TEXT NOT NULL,
    scenario       TEXT NOT NULL,
    settings       TEXT NOT NULL,
    summary        TEXT NOT NULL,
    digest         TEXT NOT NULL,
    artifact       TEXT NOT NULL CHECK (length(artifact) = 64),
    started        INTEGER NOT NULL,
    finished       INTEGER NOT NULL,
    deleted        INTEGER,
    FOREIGN KEY (world, revision) REFERENCES revisions (world, number)
) STRICT;
CREATE INDEX runs_world ON runs (world, revision);
CREATE INDEX runs_artifact ON runs (artifact);
