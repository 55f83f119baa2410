"""Where the record is kept, on eventsourcing's recorders, and where bank holidays come from."""
