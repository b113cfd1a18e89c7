"""From domain to plotly figures; they draw nothing on the page."""
