"""The exceptions whose message is shown to the user, without a traceback."""


class UserError(Exception):
    """Bad input. The message says what is wrong, where (file, line, key) and what to do about it."""


class Interrupted(Exception):
    """The user or the system stopped the work. The message says how far it got and how to resume."""
