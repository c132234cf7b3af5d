-- Settings of the lab, each with where its value comes from.

CREATE TABLE settings (
    key    TEXT PRIMARY KEY CHECK (length(key) > 0),
    value  TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('default', 'environment', 'entered')),
    at     INTEGER NOT NULL
) STRICT;
