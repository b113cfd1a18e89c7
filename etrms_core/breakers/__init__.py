"""Circuit breakers: rules, their state machine over scopes, presets."""
