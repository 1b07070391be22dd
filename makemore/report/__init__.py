"""The report: tables and charts that compare all variants. The only package that imports the chart library."""
