BEGIN TRANSACTION;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    result TEXT NOT NULL,
    address TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,1767225610000,'alice','run','alice/mnist/1','ok','::1',X'2F47F899191A7854F4C153BB8E48B17D5E77C3945ADD5992C6E35BCB34C35F06');
CREATE TABLE checkpoint (
    session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    elapsedSeconds REAL NOT NULL,
    step INTEGER,
    summary TEXT NOT NULL,
    fileCount INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    PRIMARY KEY (session, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "checkpoint" VALUES(1,'best',1,99,1767225640000,10.0,3,'{"loss":"NaN"}',6,7,X'0000000000000004070707070707070707070707070707070707070707070707');
CREATE TABLE checkpointPost (
    session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    name TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    PRIMARY KEY (session, epoch, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO "checkpointPost" VALUES(1,1,99,'best',1767225640000);
CREATE TABLE content (
    digest BLOB NOT NULL PRIMARY KEY,
    bytes INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    isPublic INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "content" VALUES(X'0000000000000001070707070707070707070707070707070707070707070707',100,1767225602000,0);
INSERT INTO "content" VALUES(X'0000000000000002070707070707070707070707070707070707070707070707',200,1767225602000,1);
CREATE TABLE contentHolder (
    digest BLOB NOT NULL REFERENCES content(digest) ON DELETE CASCADE,
    user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
    PRIMARY KEY (digest, user)
) STRICT, WITHOUT ROWID;
INSERT INTO "contentHolder" VALUES(X'0000000000000001070707070707070707070707070707070707070707070707','alice');
INSERT INTO "contentHolder" VALUES(X'0000000000000002070707070707070707070707070707070707070707070707','alice');
CREATE TABLE dataset (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES user(name),
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    isPrivate INTEGER NOT NULL,
    metric TEXT,
    metricOrder TEXT NOT NULL,
    checkpointLimitBytes INTEGER,
    createdAt INTEGER NOT NULL,
    versionCount INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "dataset" VALUES('mnist','alice','digits','["#x"]',1,'accuracy','descending',NULL,1767225603000,2);
CREATE TABLE datasetReader (
    dataset TEXT NOT NULL REFERENCES dataset(name) ON DELETE CASCADE,
    user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
    PRIMARY KEY (dataset, user)
) STRICT, WITHOUT ROWID;
INSERT INTO "datasetReader" VALUES('mnist','bob');
CREATE TABLE datasetVersion (
    dataset TEXT NOT NULL REFERENCES dataset(name) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    fileCount INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (dataset, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "datasetVersion" VALUES('mnist',1,X'0000000000000002070707070707070707070707070707070707070707070707',1,2,1767225603000,'alice');
INSERT INTO "datasetVersion" VALUES('mnist',2,X'0000000000000003070707070707070707070707070707070707070707070707',4,5,1767225604000,'bob');
CREATE TABLE event (
    session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "event" VALUES(1,1,1767225610000,'alice','queued','');
INSERT INTO "event" VALUES(1,2,1767225620000,'platform','preparing','');
INSERT INTO "event" VALUES(1,3,1767225630000,'session','running','');
INSERT INTO "event" VALUES(1,4,1767225650000,'session','finished','');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1 first');
CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user TEXT NOT NULL REFERENCES user(name),
    dataset TEXT NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL GENERATED ALWAYS AS (user || '/' || dataset || '/' || number) VIRTUAL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    exitCode INTEGER,
    exitSignal INTEGER,
    outOfMemory INTEGER,
    memoryPeakBytes INTEGER,
    createdAt INTEGER NOT NULL,
    queuedAt INTEGER NOT NULL,
    startedAt INTEGER,
    startedEpoch INTEGER,
    finishedAt INTEGER,
    entry TEXT NOT NULL,
    arguments TEXT NOT NULL,
    memo TEXT NOT NULL,
    label TEXT,
    datasets TEXT NOT NULL,
    gpus INTEGER NOT NULL,
    cpus INTEGER NOT NULL,
    memoryBytes INTEGER NOT NULL,
    sharedMemoryBytes INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    isPrivate INTEGER NOT NULL,
    keep TEXT,
    network INTEGER NOT NULL,
    outputDirectory INTEGER NOT NULL,
    interactive INTEGER NOT NULL,
    node TEXT,
    devices TEXT,
    parent TEXT,
    workspace BLOB NOT NULL,
    environment TEXT,
    summary TEXT NOT NULL DEFAULT '{}',
    step INTEGER,
    checkpointCount INTEGER NOT NULL DEFAULT 0,
    checkpointBytes INTEGER NOT NULL DEFAULT 0,
    outputBytes INTEGER NOT NULL DEFAULT 0,
    eventNumber INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    stopGraceSeconds REAL,
    stopSave INTEGER,
    UNIQUE (user, dataset, number)
) STRICT;
INSERT INTO "session" VALUES(1,'alice','mnist',1,'normal','finished',NULL,0,NULL,0,NULL,1767225610000,1767225610000,1767225630000,1,1767225650000,'main.py','["--lr","0.1"]','kept',NULL,'["mnist@3"]',1,2,3,4,5,0,'best:1,last:2',1,0,0,'n1','[0,1]',NULL,X'0000000000000001070707070707070707070707070707070707070707070707',NULL,'{"loss":0.25}',3,1,7,0,4,1,NULL,NULL);
CREATE TABLE sessionNumber (
    user TEXT NOT NULL,
    dataset TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (user, dataset)
) STRICT, WITHOUT ROWID;
INSERT INTO "sessionNumber" VALUES('alice','mnist',1);
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
    session INTEGER REFERENCES session(id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    createdAt INTEGER NOT NULL,
    expiresAt INTEGER,
    lastUsedAt INTEGER
) STRICT;
INSERT INTO "token" VALUES(1,'alice',NULL,'laptop',X'0000000000000008070707070707070707070707070707070707070707070707',1767225605000,1767226600000,NULL);
CREATE TABLE user (
    name TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "user" VALUES('alice','admin',1767225600000);
INSERT INTO "user" VALUES('bob','user',1767225601000);
CREATE INDEX datasetOwner ON dataset(owner);
CREATE INDEX datasetReaderUser ON datasetReader(user);
CREATE INDEX sessionUser ON session(user, id);
CREATE INDEX sessionDataset ON session(dataset, id);
CREATE INDEX sessionOpen ON session(state, id) WHERE state IN ('queued', 'preparing', 'running', 'paused');
CREATE INDEX checkpointOrder ON checkpoint(session, epoch, sequence);
CREATE INDEX tokenUser ON token(user);
CREATE INDEX tokenSession ON token(session) WHERE session IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('session',1);
INSERT INTO "sqlite_sequence" VALUES('token',1);
COMMIT;
