"""What is typed into the search over everything, plain meaning or a clear error."""

import pytest

from ide.errors import BadRequestError
from ide.keeper.index_asked import MAX_HITS, asked_of
from ide.keeper.index_query import excerpt, question
from tests.unit.keeper.indexed import Output


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return Output(tmp_path_factory.mktemp("logs"))


LINES = [
    "plain words here", "a-b c:d (e) [f] {g} ^h", "select * from x; drop table cells --",
    'he said "quoted words" twice', "NEAR(a b) OR NOT and AND", "path/to/file.py:12: Error",
    "CamelCase snake_case kebab-case", "grüße aus Köln", "世界你好 世界", "100% of 50_000 \\ ok",
    "0x7f ffmpeg2", "emoji 🎉party done", "e\u0301te combined", "Σίσυφος", "𞤀𞤁𞤂 adlam",
    "a\x00b nul", "col:on cells:text rowid:1", "it's a 'test'", "x" * 120 + " tail",
]  # fmt: skip


def test_whatever_is_typed_finds_the_line_it_was_taken_from(output):
    filler = "~~~~ ~~~~ ~~~~ ~~~\r\n" * 4000
    output.printed((filler + "\r\n".join(LINES) + "\r\n" + filler).encode())
    assert output.index()["failed"] == ""
    for line in LINES:
        shown = line.replace("\x00", "")[:150]
        words = [word for word in shown.split() if any(c.isalnum() for c in word)]
        for typed in [*words, " ".join(words[:10]).replace('"', ""), f'"{shown}', "* ".join(words)]:
            if '"' in typed[1:]:
                continue
            try:
                question(typed)
            except ValueError:
                assert "adlam" in line  # letters that SQLite may not know are not enough
                continue
            if "* " not in typed:
                assert any(shown[-8:] in found for found in
                           output.found(typed)), typed  # fmt: skip
            else:
                output.found(typed)


def test_case_is_one_of_every_letter_and_no_letter_stands_for_another(tmp_path):
    output = Output(tmp_path)
    output.printed(b"x\r\n" * 20_000 + "grün grüße café Ärger\r\n".encode() + b"y\r\n" * 20_000)
    for _ in ("not indexed", "indexed"):
        assert [bool(output.found(typed)) for typed in ("GRÜN", "Grüße CAFÉ", "ärger")] == [
            True
        ] * 3
        assert not any(output.found(typed) for typed in ("GRÜSSE", "grun", "cafe"))
        output.index()


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("wor", True), ("words pla", True), ("WORDS", True), ('"plain words"', True),
        ('"words plain"', False), ('"wor"', False), ("ords", False), ("plain missing", False),
        ("plain  words", True), ("plain* words", False),
    ],
)  # fmt: skip
def test_words_are_all_there_and_begin_a_word_and_quotes_are_exact(tmp_path, typed, finds):
    output = Output(tmp_path)
    output.printed(b"x\r\n" * 20_000 + b"plain words\r\n" + b"y\r\n" * 20_000)
    output.index()
    assert bool(output.found(typed)) is finds


@pytest.mark.parametrize("typed", ["", "  ", '""', "***", "-- ()", "\x00", "🎉", "x" * 201,
                                   " ".join("abcdefghijklm"), None, 3, "\ud800x"])  # fmt: skip
def test_what_cannot_be_searched_for_is_a_clear_error(typed):
    with pytest.raises(BadRequestError) as refused:
        asked_of({"q": typed})
    assert refused.value.message[0].isupper()
    assert "fts" not in refused.value.message.lower()


@pytest.mark.parametrize("args", [
    {"console": 3}, {"console": ""}, {"before": 5}, {"console": "c", "before": -1},
    {"console": "c", "before": "1"}, {"limit": 0}, {"limit": "5"},
])  # fmt: skip
def test_other_arguments_are_checked(args):
    with pytest.raises(BadRequestError):
        asked_of({"q": "word", **args})
    assert asked_of({"q": "word", "limit": 10**6}).limit == MAX_HITS


def test_the_parts_of_a_line_are_its_matches_by_turns():
    finders = question("err file").finders()
    assert excerpt("file: error in File", finders) == [
        "", "file", ": ", "err", "or in ", "File", "",
    ]  # fmt: skip
    assert excerpt("file alone", finders) is None
    long = excerpt("y" * 500 + " file err " + "z" * 500, finders)
    assert long[0].startswith("…y")
    assert long[-1].endswith("z…")
    assert len("".join(long)) <= 242
