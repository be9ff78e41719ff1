-- What admins changed by /atur: it goes over the configuration file until it is taken back.
CREATE TABLE settings_overrides (
    office TEXT NOT NULL,
    key    TEXT NOT NULL,                   -- as in the configuration: office.hours.mon
    value  TEXT NOT NULL,                   -- as it is typed there, without quotes
    actor  TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (office, key)
) STRICT;
