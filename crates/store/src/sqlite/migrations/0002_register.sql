-- The register: hospitals, people, filled-in forms, lots of seeds and their movements, reported figures. As before, a body is the only
-- truth and the columns beside it are generated from it.

CREATE TABLE hospitals (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    code TEXT NOT NULL UNIQUE GENERATED ALWAYS AS (body ->> '$.code') STORED
) STRICT;

-- Each hospital numbers its own patients, and a patient is where the cases are: whether a number is taken is asked of each commit
-- (write.rs), the index only finds it.
DROP INDEX patients_number;
CREATE INDEX patients_number ON patients (number) WHERE number <> '';

CREATE TABLE people (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    hospital TEXT NOT NULL REFERENCES hospitals (id) GENERATED ALWAYS AS (body ->> '$.hospital') STORED,
    number TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.number') STORED,
    account TEXT REFERENCES accounts (id) GENERATED ALWAYS AS (body ->> '$.account') STORED
) STRICT;
CREATE UNIQUE INDEX people_number ON people (hospital, number) WHERE number <> '';
CREATE UNIQUE INDEX people_account ON people (hospital, account) WHERE account IS NOT NULL;

CREATE TABLE lots (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    hospital TEXT NOT NULL REFERENCES hospitals (id) GENERATED ALWAYS AS (body ->> '$.hospital') STORED,
    manufacturer TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.manufacturer') STORED,
    number TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.number') STORED,
    reference TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.reference') STORED
) STRICT;
CREATE UNIQUE INDEX lots_number ON lots (hospital, manufacturer, number);
CREATE INDEX lots_newest ON lots (reference DESC, id DESC);
CREATE INDEX lots_of_hospital ON lots (hospital, reference DESC, id DESC);

CREATE TABLE records (
    -- named, so that VACUUM keeps it: what lists are ordered by within a day
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED,
    form TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.form') STORED,
    about_kind TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.about.kind') STORED,
    about TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.about.id') STORED,
    day TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.day') STORED,
    until TEXT GENERATED ALWAYS AS (body ->> '$.until') STORED,
    withdrawn INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.withdrawn') STORED,
    once TEXT GENERATED ALWAYS AS (body ->> '$.unique') STORED
) STRICT;
CREATE INDEX records_about ON records (about, form, day);
CREATE INDEX records_newest ON records (withdrawn, day);
CREATE INDEX records_form ON records (form, withdrawn, day);
CREATE INDEX records_not_of_cases ON records (about_kind, form, day) WHERE about_kind <> 'case';
CREATE INDEX records_until ON records (until) WHERE until IS NOT NULL;
CREATE UNIQUE INDEX records_once ON records (form, once) WHERE once IS NOT NULL AND withdrawn = 0;

-- Derived: whose records they are. A person, a lot or a case may come to another hospital, and their records with them.
CREATE TABLE record_hospitals (
    place INTEGER PRIMARY KEY REFERENCES records (place),
    hospital TEXT NOT NULL, -- empty without one
    form TEXT NOT NULL,
    about_kind TEXT NOT NULL,
    withdrawn INTEGER NOT NULL,
    day TEXT NOT NULL
) STRICT;
CREATE INDEX record_hospitals_newest ON record_hospitals (hospital, withdrawn, day);
CREATE INDEX record_hospitals_form ON record_hospitals (hospital, form, withdrawn, day);
CREATE INDEX record_hospitals_not_of_cases ON record_hospitals (hospital, about_kind, form, day) WHERE about_kind <> 'case';
CREATE VIEW records_with_hospital AS
SELECT place, coalesce(CASE about_kind
    WHEN 'hospital' THEN about
    WHEN 'person' THEN (SELECT hospital FROM people WHERE people.id = about)
    WHEN 'lot' THEN (SELECT hospital FROM lots WHERE lots.id = about)
    ELSE (SELECT cases.body ->> '$.hospital' FROM cases WHERE cases.id = about)
END, '') AS hospital, form, about_kind, withdrawn, day FROM records;
CREATE TRIGGER record_hospitals_in AFTER INSERT ON records BEGIN
    INSERT INTO record_hospitals (place, hospital, form, about_kind, withdrawn, day)
    SELECT place, hospital, form, about_kind, withdrawn, day FROM records_with_hospital WHERE place = NEW.place;
END;
CREATE TRIGGER record_hospitals_changed AFTER UPDATE ON records BEGIN
    UPDATE record_hospitals SET withdrawn = NEW.withdrawn, day = NEW.day WHERE place = NEW.place;
END;
CREATE TRIGGER record_hospitals_of_case AFTER UPDATE ON cases
WHEN OLD.body ->> '$.hospital' IS NOT NEW.body ->> '$.hospital' BEGIN
    UPDATE record_hospitals SET hospital = coalesce(NEW.body ->> '$.hospital', '')
    WHERE place IN (SELECT place FROM records WHERE about = NEW.id);
END;
CREATE TRIGGER record_hospitals_of_person AFTER UPDATE ON people WHEN OLD.hospital <> NEW.hospital BEGIN
    UPDATE record_hospitals SET hospital = NEW.hospital WHERE place IN (SELECT place FROM records WHERE about = NEW.id);
END;
CREATE TRIGGER record_hospitals_of_lot AFTER UPDATE ON lots WHEN OLD.hospital <> NEW.hospital BEGIN
    UPDATE record_hospitals SET hospital = NEW.hospital WHERE place IN (SELECT place FROM records WHERE about = NEW.id);
END;

CREATE TABLE movements (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED CHECK (version = 1),
    lot TEXT NOT NULL REFERENCES lots (id) GENERATED ALWAYS AS (body ->> '$.lot') STORED,
    number INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.number') STORED,
    UNIQUE (lot, number)
) STRICT;

CREATE TABLE figures (
    id TEXT PRIMARY KEY CHECK (id = body ->> '$.id'),
    body TEXT NOT NULL,
    version INTEGER NOT NULL GENERATED ALWAYS AS (body ->> '$.version') STORED CHECK (version = 1),
    pack TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.pack') STORED
) STRICT;
CREATE INDEX figures_pack ON figures (pack, id DESC);

CREATE TRIGGER hospitals_stay BEFORE DELETE ON hospitals BEGIN SELECT raise(ABORT, 'hospitals are never deleted'); END;
CREATE TRIGGER people_stay BEFORE DELETE ON people BEGIN SELECT raise(ABORT, 'people are never deleted'); END;
CREATE TRIGGER lots_stay BEFORE DELETE ON lots BEGIN SELECT raise(ABORT, 'lots are never deleted'); END;
CREATE TRIGGER records_stay BEFORE DELETE ON records BEGIN SELECT raise(ABORT, 'records are never deleted'); END;
CREATE TRIGGER movements_stay BEFORE DELETE ON movements BEGIN SELECT raise(ABORT, 'movements are never deleted'); END;
CREATE TRIGGER movements_fixed BEFORE UPDATE ON movements BEGIN SELECT raise(ABORT, 'a movement is never changed'); END;
CREATE TRIGGER figures_stay BEFORE DELETE ON figures BEGIN SELECT raise(ABORT, 'figures are never deleted'); END;
CREATE TRIGGER figures_fixed BEFORE UPDATE ON figures BEGIN SELECT raise(ABORT, 'a reported figure is never changed'); END;

-- Derived from lots and movements: how many seeds of a lot are where, and which lots a case had seeds of.
CREATE TABLE seed_places (
    lot TEXT NOT NULL REFERENCES lots (id),
    place TEXT NOT NULL,
    of TEXT NOT NULL, -- the safe or the case; empty for other places
    seeds INTEGER NOT NULL CHECK (seeds > 0),
    PRIMARY KEY (lot, place, of)
) STRICT, WITHOUT ROWID;
CREATE INDEX seed_places_place ON seed_places (place, of, lot, seeds);
CREATE TABLE case_lots (
    case_id TEXT NOT NULL REFERENCES cases (id),
    lot TEXT NOT NULL REFERENCES lots (id),
    PRIMARY KEY (case_id, lot)
) STRICT, WITHOUT ROWID;

-- Derived from a case and all that belongs to it: what indicators and norms count. One bit of `bits` is one fact.
CREATE TABLE facts (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    patient TEXT NOT NULL,
    hospital TEXT NOT NULL, -- empty without one
    operator TEXT NOT NULL, -- empty without one
    treated TEXT, -- days
    discharged TEXT,
    died TEXT,
    due TEXT,
    lived_months INTEGER,
    bits INTEGER NOT NULL,
    lesions_planned INTEGER NOT NULL,
    lesions_done INTEGER NOT NULL,
    seeds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- all that is counted stands in the index of the day it is counted by: a period is one stretch of it
CREATE INDEX facts_discharged ON facts (discharged, hospital, bits, patient, operator, treated, due, died, lived_months,
    lesions_planned, lesions_done, seeds);
CREATE INDEX facts_treated ON facts (treated, hospital, bits, patient, operator, discharged, due, died, lived_months,
    lesions_planned, lesions_done, seeds);

-- The worklist knows hospitals now, and no names: identity is sealed. All of it is derived and made anew after this step.
DROP TABLE worklist_tally;
DROP TABLE worklist;
DROP TABLE case_search;
CREATE TABLE worklist (
    -- named, so that VACUUM keeps it: the rowid of case_search
    place INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL UNIQUE REFERENCES cases (id),
    hospital TEXT NOT NULL, -- empty without one
    withdrawn INTEGER NOT NULL,
    stage TEXT NOT NULL,
    due TEXT NOT NULL, -- '~' without a day: sorts after every day
    opened INTEGER NOT NULL, -- microseconds since 1970
    number TEXT NOT NULL
) STRICT;
-- each order twice: for who sees all hospitals, and for who sees some
CREATE INDEX worklist_due ON worklist (withdrawn, stage, due, opened DESC, place DESC);
CREATE INDEX worklist_newest ON worklist (withdrawn, stage, opened DESC, place DESC);
CREATE INDEX worklist_number ON worklist (withdrawn, stage, number, opened DESC, place DESC);
CREATE INDEX worklist_hospital_due ON worklist (hospital, withdrawn, stage, due, opened DESC, place DESC);
CREATE INDEX worklist_hospital_newest ON worklist (hospital, withdrawn, stage, opened DESC, place DESC);
CREATE INDEX worklist_hospital_number ON worklist (hospital, withdrawn, stage, number, opened DESC, place DESC);

-- How many rows of the worklist there are for each combination: a list's length without counting it.
CREATE TABLE worklist_tally (
    withdrawn INTEGER NOT NULL,
    stage TEXT NOT NULL,
    due TEXT NOT NULL,
    hospital TEXT NOT NULL,
    cases INTEGER NOT NULL,
    PRIMARY KEY (withdrawn, stage, due, hospital)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER worklist_tally_in AFTER INSERT ON worklist BEGIN
    INSERT INTO worklist_tally (withdrawn, stage, due, hospital, cases)
    VALUES (NEW.withdrawn, NEW.stage, NEW.due, NEW.hospital, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;
CREATE TRIGGER worklist_tally_out AFTER DELETE ON worklist BEGIN
    UPDATE worklist_tally SET cases = cases - 1
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due AND hospital = OLD.hospital;
    DELETE FROM worklist_tally
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due AND hospital = OLD.hospital AND cases = 0;
END;
CREATE TRIGGER worklist_tally_move AFTER UPDATE OF withdrawn, stage, due, hospital ON worklist
WHEN (OLD.withdrawn, OLD.stage, OLD.due, OLD.hospital) IS NOT (NEW.withdrawn, NEW.stage, NEW.due, NEW.hospital) BEGIN
    UPDATE worklist_tally SET cases = cases - 1
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due AND hospital = OLD.hospital;
    DELETE FROM worklist_tally
    WHERE withdrawn = OLD.withdrawn AND stage = OLD.stage AND due = OLD.due AND hospital = OLD.hospital AND cases = 0;
    INSERT INTO worklist_tally (withdrawn, stage, due, hospital, cases)
    VALUES (NEW.withdrawn, NEW.stage, NEW.due, NEW.hospital, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

-- Grams of what is searched (see search.rs); those of identity are keyed. It holds no text of its own.
CREATE VIRTUAL TABLE case_search USING fts5 (
    number, name, patient_number, site, diagnosis,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);
