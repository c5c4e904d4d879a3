-- Which servers live. Others judge one by whether its count grows, so no clocks are compared.
CREATE TABLE server (
    node text   PRIMARY KEY,
    beat bigint NOT NULL
);

-- Who has sockets on which server, and who has had until a moment ago. Times are the database's own.
CREATE TABLE presence (
    kind    text   NOT NULL,
    id      text   NOT NULL,
    node    text   NOT NULL,
    gone_at bigint,
    PRIMARY KEY (kind, id, node)
);
CREATE INDEX presence_node ON presence (node);
CREATE INDEX presence_gone ON presence (gone_at) WHERE gone_at IS NOT NULL;

-- What was told last of who was away.
CREATE TABLE presence_told (
    kind       text    NOT NULL,
    id         text    NOT NULL,
    is_present boolean NOT NULL,
    at         bigint  NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX presence_told_at ON presence_told (at);

-- When an agent was there last without a socket: at its last call, or when its last socket went.
CREATE TABLE agent_seen (
    id text   PRIMARY KEY,
    at bigint NOT NULL
);
