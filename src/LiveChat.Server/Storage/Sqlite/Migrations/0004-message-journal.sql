-- Messages of many conversations that were committed together, until they are filed in conversation_event: a commit then writes a page
-- or two, and not one for each conversation. Rows are overwritten from slot 0 on after each filing; entries are of one length, a page's.
CREATE TABLE message_journal (
    slot    INTEGER PRIMARY KEY,
    entries BLOB    NOT NULL
);
