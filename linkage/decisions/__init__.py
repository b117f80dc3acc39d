"""Pure decisions of the bridge: target figures, no database."""
