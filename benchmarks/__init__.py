"""Speed, as ratios to hand-written set-based SQL that does the same work in the same database in the same run."""
