"""From account states to decisions: the risk cycle, planning, the gate, execution."""
