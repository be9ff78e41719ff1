-- Which update a message to be sent follows from, for the log; NULL: the desk sent it by itself.
ALTER TABLE outbox ADD COLUMN inbox_id INTEGER;
