"""Forms that return objects of the domain."""
