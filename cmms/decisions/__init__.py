"""Pure decisions of the work half: no database, no clock."""
