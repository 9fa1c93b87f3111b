"""What a search asks Lucene for."""

import pytest

from api.search import words_of


@pytest.mark.parametrize(
    ("text", "words", "similar"),
    [
        ("Minsk", "minsk", "(minsk OR (minsk~1))"),
        ("EU", "eu", "(eu OR (eu))"),
        ("  Two  words ", "two AND words", "(two OR (two)) AND (words OR (words~1))"),
        ("NOT", "not", "(not OR (not))"),
        ("Zapad-2025", r"zapad\-2025", r"(zapad\-2025 OR (zapad~1 AND 2025~1))"),
        ("o'brien", r"o\'brien", r"(o\'brien OR (o\'brien~1))"),
        ("+", r"\+", r"\+"),
        ("a:b", r"a\:b", r"(a\:b OR (a AND b))"),
        ("Łukašenka", "łukašenka", "(łukašenka OR (lukasenka~1))"),
        ("Łukas\u030cenka", "łukašenka", "(łukašenka OR (lukasenka~1))"),
        ("Гайдукевіч", "гайдукевіч", "(гайдукевіч OR (гайдукевіч~1))"),
        ("Ёлка", "ёлка", "(ёлка OR (ёлка~1))"),
    ],
)
def test_words_are_looked_up_literally_and_by_similarity(text: str, words: str, similar: str) -> None:
    found = words_of(text)
    assert (found["words"], found["similar"]) == (words, similar)


def test_the_name_is_what_was_written_in_lower_case() -> None:
    assert words_of("  Donald   J. TRUMP ")["name"] == "donald j. trump"


def test_a_long_text_is_looked_up_literally_only() -> None:
    assert "~" not in words_of("words " * 11)["similar"]
    assert "~" in words_of("words " * 10)["similar"]
