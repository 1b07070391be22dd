"""The one exception that is meant for the person at the terminal."""


class UserError(Exception):
    """Bad input. The message says what is wrong, where (file, line, key) and what to do; nobody shows a traceback."""
