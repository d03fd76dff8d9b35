"""An engine's decimals, in a short answer and in a long one that is mended as it comes."""

import json
from typing import Any

import pytest

from aidtrace.server.engines.kinds import Kind
from aidtrace.server.engines.standard import standard

DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"


class Slowly:
    """A long answer that comes in pieces of *size* bytes."""

    def __init__(self, content: bytes, size: int) -> None:
        self.left, self._size = content, size

    def read(self, size: int = -1) -> bytes:
        piece, self.left = self.left[: self._size], self.left[self._size :]
        return piece


def answer(rows: int) -> bytes:
    strange = {"type": "literal", "value": '{"type": "literal", "datatype": "' + DECIMAL + '", "value": "1.50"}'}
    odd = [{"d": {"type": "literal", "datatype": DECIMAL, "value": value}} for value in ("1.50", "12.0", "7", "a{b")]
    found = [
        *odd,
        *({"x": strange, "i": {"type": "literal", "datatype": DECIMAL + "s", "value": "1.50"}} for _ in range(rows)),
    ]
    return json.dumps({"head": {"vars": ["d", "i", "x"]}, "results": {"bindings": found}}).encode()


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 16])
def test_a_decimal_reads_the_same_in_a_short_answer_and_in_a_long_one(size: int) -> None:
    content = answer(5)
    short: Any = standard(content, Kind("x"))
    long: Any = standard(Slowly(content, size), Kind("x"))
    read = b"".join(iter(lambda: long.read(10), b""))
    assert json.loads(read) == json.loads(short)
    rows, before = (json.loads(one)["results"]["bindings"] for one in (read, content))
    assert [row["d"]["value"] for row in rows[:4]] == ["1.5", "12", "7", "a{b"]
    assert rows[4:] == before[4:]


def test_what_is_no_decimal_passes_a_long_answer_without_gathering() -> None:
    endless = Slowly(b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"value":"' + b"a" * (1 << 24), 1 << 16)
    passed: Any = standard(endless, Kind("x"))
    assert sum(len(passed.read(1 << 16)) for _ in range(4)) > 1 << 17
    assert len(endless.left) > 1 << 23
