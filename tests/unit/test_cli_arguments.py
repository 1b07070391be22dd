"""Arguments of the command line that no command can take: one line and status 2."""

import sys

import pytest

from makemore import cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "\udcff"], r"the argument '\udcff' is not UTF-8"),
        (["score", "gpt", "an\udc80na"], r"the argument 'an\udc80na' is not UTF-8"),
        (["sample", "gpt", "a\nb\x1b[31m"], "unrecognized arguments: a b [31m; see `makemore --help`"),
        (["sample", "gpt", "-n", "9" * 5000], "argument -n/--names: invalid int value: '999"),
        (["nothing\n"], "argument COMMAND: invalid choice: "),
        ([], "the following arguments are required: COMMAND; see `makemore --help`"),
        (["sample", "a\nb"], r"the variant 'a\nb' is not trained here"),
        (["sample", "x" * 5000], "the variant 'xxx"),
    ],
)
def test_bad_arguments_are_one_short_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["makemore", *arguments])
    assert cli.main() == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert len(error) < 400
    assert error.rstrip("\n").isprintable()
