"""The MLflow record against real stores: SQLite, servers that fail, PostgreSQL."""
