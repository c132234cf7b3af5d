-- Named scenarios, per world.

CREATE TABLE scenarios (
    world    TEXT NOT NULL REFERENCES worlds (id) ON DELETE CASCADE,
    name     TEXT NOT NULL CHECK (length(name) > 0),
    scenario TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (world, name)
) STRICT, WITHOUT ROWID;
