"""From domain to text and rows; they draw nothing."""
