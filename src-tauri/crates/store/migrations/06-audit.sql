-- The audit log. An entry is one canonical JSON text; what is filtered by is read off it, so that nothing stands twice.

CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    previous  TEXT NOT NULL,
    hash      TEXT NOT NULL UNIQUE,
    entry     TEXT NOT NULL,
    author    TEXT GENERATED ALWAYS AS (entry ->> '$.author') VIRTUAL,
    operation TEXT GENERATED ALWAYS AS (entry ->> '$.operation') VIRTUAL,
    outcome   TEXT GENERATED ALWAYS AS (entry ->> '$.outcome') VIRTUAL,
    target    TEXT GENERATED ALWAYS AS (entry ->> '$.target') VIRTUAL
) STRICT;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- INSERT OR REPLACE would delete without firing the trigger above.
CREATE TRIGGER audit_append BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
