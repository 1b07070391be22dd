"""The report: tables and charts that compare all variants. No other package imports the chart library."""
