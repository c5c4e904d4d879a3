-- Keys that the servers of one database share, such as the one that seals what a client comes back with.
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
