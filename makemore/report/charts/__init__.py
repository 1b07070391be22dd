"""The charts of the report, from the numbers of the story to SVG. charts.py lists them."""
