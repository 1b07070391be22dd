"""MLflow against real stores: SQLite, servers that fail, PostgreSQL."""
