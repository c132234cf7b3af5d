-- Worlds and their revisions. Objects and definitions are stored once each, by the hash of their text; a manifest
-- lists the objects of a revision, as changes against another manifest or in full.

PRAGMA application_id = 1146242123; -- 'DRDK'

CREATE TABLE objects (
    id   INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    key  TEXT NOT NULL, -- group, kind, namespace and name, a line each
    json TEXT NOT NULL
) STRICT;

CREATE TABLE documents (
    id   INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    json TEXT NOT NULL
) STRICT;

CREATE TABLE manifests (
    id    INTEGER PRIMARY KEY,
    base  INTEGER REFERENCES manifests (id),
    depth INTEGER NOT NULL CHECK ((base IS NULL) = (depth = 0))
) STRICT;
CREATE INDEX manifests_base ON manifests (base);

CREATE TABLE manifest_members (
    manifest   INTEGER NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
    object     INTEGER NOT NULL REFERENCES objects (id),
    provenance TEXT, -- null: the base has it, this one does not
    PRIMARY KEY (manifest, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_members_object ON manifest_members (object);

CREATE TABLE worlds (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL CHECK (length(name) > 0),
    revision        INTEGER NOT NULL,
    parent_world    TEXT, -- may be purged since, hence no foreign key
    parent_revision INTEGER,
    created         INTEGER NOT NULL, -- milliseconds since 1970, as every time here
    deleted         INTEGER,
    CHECK ((parent_world IS NULL) = (parent_revision IS NULL)),
    FOREIGN KEY (id, revision) REFERENCES revisions (world, number) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX worlds_name ON worlds (name) WHERE deleted IS NULL;

CREATE TABLE revisions (
    world           TEXT NOT NULL REFERENCES worlds (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL CHECK (number > 0),
    manifest        INTEGER NOT NULL REFERENCES manifests (id),
    definition      INTEGER NOT NULL REFERENCES documents (id),
    report          INTEGER REFERENCES documents (id),
    reason          TEXT NOT NULL,
    author          TEXT NOT NULL,
    at              INTEGER NOT NULL,
    objects_changed INTEGER NOT NULL,
    undo_of         INTEGER, -- the change that this revision takes back
    redo_of         INTEGER, -- the change that this revision makes again
    holds           INTEGER NOT NULL, -- the change whose outcome this revision holds: itself, unless undo or redo
    before          INTEGER, -- of a change: the change whose outcome it was made on
    tip             INTEGER NOT NULL, -- the newest change that redo can reach from here
    PRIMARY KEY (world, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX revisions_manifest ON revisions (manifest);
CREATE INDEX revisions_definition ON revisions (definition);
CREATE INDEX revisions_report ON revisions (report);
