-- What is kept for good. `body` is an item's canonical JSON and the only truth: every column beside it is generated from it, so
-- that no column can say anything else than the body whose digest stands in the ledger.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    login TEXT NOT NULL UNIQUE GENERATED ALWAYS AS (body ->> '$.login') STORED
) STRICT;

-- Passwords never enter a body or the ledger.
CREATE TABLE credentials (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE patients (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    number TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.number') STORED
) STRICT;
CREATE UNIQUE INDEX patients_number ON patients (number) WHERE number <> '';

CREATE TABLE cases (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    number TEXT NOT NULL UNIQUE GENERATED ALWAYS AS (body ->> '$.number') STORED,
    patient TEXT NOT NULL REFERENCES patients (id) GENERATED ALWAYS AS (body ->> '$.patient') STORED
) STRICT;
CREATE INDEX cases_patient ON cases (patient);

CREATE TABLE studies (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    case_id TEXT NOT NULL REFERENCES cases (id) GENERATED ALWAYS AS (body ->> '$.case') STORED
) STRICT;
CREATE UNIQUE INDEX studies_case ON studies (case_id, id);

CREATE TABLE documents (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    case_id TEXT NOT NULL REFERENCES cases (id) GENERATED ALWAYS AS (body ->> '$.case') STORED
) STRICT;
CREATE INDEX documents_case ON documents (case_id);

CREATE TABLE verifications (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    case_id TEXT NOT NULL REFERENCES cases (id) GENERATED ALWAYS AS (body ->> '$.case') STORED,
    number INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.number') STORED,
    study TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.study') STORED,
    UNIQUE (case_id, number),
    -- a verification rests on a study of its own case
    FOREIGN KEY (case_id, study) REFERENCES studies (case_id, id)
) STRICT;

CREATE TABLE signatures (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED CHECK (version = 1),
    verification TEXT NOT NULL REFERENCES verifications (id) GENERATED ALWAYS AS (body ->> '$.verification') STORED
) STRICT;
CREATE INDEX signatures_verification ON signatures (verification);

-- Nothing is deleted, and a signature is never changed.
CREATE TRIGGER accounts_stay BEFORE DELETE ON accounts BEGIN SELECT raise(ABORT, 'accounts are never deleted'); END;
CREATE TRIGGER patients_stay BEFORE DELETE ON patients BEGIN SELECT raise(ABORT, 'patients are never deleted'); END;
CREATE TRIGGER cases_stay BEFORE DELETE ON cases BEGIN SELECT raise(ABORT, 'cases are never deleted'); END;
CREATE TRIGGER studies_stay BEFORE DELETE ON studies BEGIN SELECT raise(ABORT, 'studies are never deleted'); END;
CREATE TRIGGER documents_stay BEFORE DELETE ON documents BEGIN SELECT raise(ABORT, 'documents are never deleted'); END;
CREATE TRIGGER verifications_stay BEFORE DELETE ON verifications
BEGIN SELECT raise(ABORT, 'verifications are never deleted'); END;
CREATE TRIGGER signatures_stay BEFORE DELETE ON signatures BEGIN SELECT raise(ABORT, 'signatures are never deleted'); END;
CREATE TRIGGER signatures_fixed BEFORE UPDATE ON signatures BEGIN SELECT raise(ABORT, 'a signature is never changed'); END;

-- The ledger. `text` is what is hashed; what is searched by is generated from it.
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY CHECK (seq = text ->> '$.seq'),
    text TEXT NOT NULL,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    kind TEXT NOT NULL GENERATED ALWAYS AS (text ->> '$.kind') STORED,
    subject TEXT NOT NULL GENERATED ALWAYS AS (text ->> '$.subject') STORED,
    case_id TEXT GENERATED ALWAYS AS (text ->> '$.case') STORED,
    digest TEXT GENERATED ALWAYS AS (text ->> '$.digest') STORED
) STRICT;
CREATE INDEX ledger_subject ON ledger (subject, seq);
CREATE INDEX ledger_case ON ledger (case_id, seq) WHERE case_id IS NOT NULL;

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'an entry of the ledger is never changed'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'an entry of the ledger is never deleted'); END;
-- also stops INSERT OR REPLACE, which fires no trigger of deletion
CREATE TRIGGER ledger_at_end BEFORE INSERT ON ledger
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
BEGIN SELECT raise(ABORT, 'the ledger grows at its end only'); END;

-- What lists are made from. Derived from the tables above in the transaction that changes them; it can be made anew at any time.
CREATE TABLE worklist (
    -- named, so that VACUUM keeps it: the rowid of case_search
    place INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL UNIQUE REFERENCES cases (id),
    withdrawn INTEGER NOT NULL,
    stage TEXT NOT NULL,
    due TEXT NOT NULL, -- '~' without a day: sorts after every day
    opened INTEGER NOT NULL, -- microseconds since 1970
    number TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;
CREATE INDEX worklist_due ON worklist (withdrawn, stage, due, opened DESC, place DESC);
CREATE INDEX worklist_newest ON worklist (withdrawn, stage, opened DESC, place DESC);
CREATE INDEX worklist_number ON worklist (withdrawn, stage, number, opened DESC, place DESC);
CREATE INDEX worklist_name ON worklist (withdrawn, stage, name, opened DESC, place DESC);

-- How many rows of the worklist there are for each combination: a list's length without counting it.
CREATE TABLE worklist_tally (
    withdrawn INTEGER NOT NULL,
    stage TEXT NOT NULL,
    due TEXT NOT NULL,
    cases INTEGER NOT NULL,
    PRIMARY KEY (withdrawn, stage, due)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER worklist_tally_in AFTER INSERT ON worklist BEGIN
    INSERT INTO worklist_tally (withdrawn, stage, due, cases) VALUES (NEW.withdrawn, NEW.stage, NEW.due, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;
CREATE TRIGGER worklist_tally_out AFTER DELETE ON worklist BEGIN
    UPDATE worklist_tally SET cases = cases - 1
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due;
    DELETE FROM worklist_tally
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due AND cases = 0;
END;
CREATE TRIGGER worklist_tally_move AFTER UPDATE OF withdrawn, stage, due ON worklist
WHEN (OLD.withdrawn, OLD.stage, OLD.due) IS NOT (NEW.withdrawn, NEW.stage, NEW.due) BEGIN
    UPDATE worklist_tally SET cases = cases - 1
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due;
    DELETE FROM worklist_tally
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due AND cases = 0;
    INSERT INTO worklist_tally (withdrawn, stage, due, cases) VALUES (NEW.withdrawn, NEW.stage, NEW.due, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

-- Grams of what is searched (see search.rs); holds no text of its own.
CREATE VIRTUAL TABLE case_search USING fts5 (
    number, name, patient_number, site, diagnosis,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);

-- Work in progress: kept safe, not in the ledger.

CREATE TABLE sessions (
    token BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    begun TEXT NOT NULL,
    seen TEXT NOT NULL,
    ends TEXT NOT NULL,
    ends_us INTEGER NOT NULL -- `ends` in microseconds since 1970, to compare
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_ends ON sessions (ends_us);

CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    sent_by TEXT NOT NULL REFERENCES accounts (id),
    begun TEXT NOT NULL,
    job TEXT,
    study TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE upload_files (
    upload TEXT NOT NULL REFERENCES uploads (id),
    path TEXT NOT NULL,
    content BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (upload, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    verification TEXT PRIMARY KEY REFERENCES verifications (id),
    revision INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    progress TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.progress') STORED,
    ordered_us INTEGER NOT NULL, -- when ordered, microseconds since 1970
    lease_us INTEGER -- until when a worker has it, microseconds since 1970
) STRICT;
CREATE INDEX jobs_open ON jobs (ordered_us, id) WHERE progress IN ('queued', 'running');
