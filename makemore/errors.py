"""The exceptions that are meant for the person at the terminal."""


class UserError(Exception):
    """Bad input. The message says what is wrong, where (file, line, key) and what to do; nobody shows a traceback."""


class Interrupted(Exception):
    """The user, or the system, stopped the work. The message says how far it came and how to go on."""
