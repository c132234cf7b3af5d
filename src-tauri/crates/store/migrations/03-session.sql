-- The one session of a lab and what was done in it.

CREATE TABLE session (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    world       TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    seed        INTEGER NOT NULL, -- the bits of an unsigned number
    position_ns INTEGER NOT NULL CHECK (position_ns >= 0),
    speed       TEXT NOT NULL,
    FOREIGN KEY (world, revision) REFERENCES revisions (world, number)
) STRICT;

CREATE TABLE session_acts (
    number  INTEGER PRIMARY KEY,
    session INTEGER NOT NULL DEFAULT 1 REFERENCES session (one) ON DELETE CASCADE,
    act     TEXT NOT NULL
) STRICT;
