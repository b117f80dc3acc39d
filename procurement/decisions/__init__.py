"""Pure decisions of the spend half: no database, no clock."""
