"""Broken files from valid ones, and a process in which reading one can neither hang nor fill the memory."""

import gzip
import multiprocessing
import re
import resource
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st

from brainforecast.errors import BadInput

SECONDS = 5  # of processor time, for one input
WAIT = 60  # seconds on the clock: what waits takes no processor time
MEMORY = 2**30  # bytes that one input may add
INPUTS_PER_PROCESS = 1000
EXTREMES = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 10**12, 2**63 - 1, 2**64 - 1)
NUMBERS = (
    "0", "-0", "-1", "1e308", "-1e308", "1e-320", "1e999", "nan", "NaN", "inf", "-Infinity", "1000000000000", "9" * 40,
    "0x10", "1_000", "1,5", "٣", "", "1e", "true", "null", '"', "[" * 60, "{" * 60,
)  # fmt: skip
SCRAPS = (
    b"\0", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x80", b"\xc3", b"\r", b"\n", b"\r\n", b"\t", b",", b'"', b"'",
    b"<", b">", b"&amp;", b"]]>", b"<!--", b"<!DOCTYPE x [", b"\\", b"\\ud800", b"{", b"}", b"[", b"]", b":", b"#",
    b"\xe2\x80\xa8", b"\xf0\x9f\xa7\xa0", b"=1+1", b"../", b"%s", b"{0}", b" " * 200, b"A" * 3000,
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """One way to read a file, and what it is tried with.

    Parameters
    ----------
    name : in the names of tests and in the counts, e.g. ``TextGrid``.
    suffix : of the file's name, from its first dot on.
    read : takes the path; gives a value or raises BadInput.
    seeds : makes valid files.
    check : takes the value; raises AssertionError where no file may give it. It runs where `read` runs.
    others : a strategy of whole files, beside those made from `seeds` by `MUTATIONS`: for what a changed byte never
        reaches, such as a header with a right checksum.
    found : files that were once read wrongly, by what was wrong.
    is_gzipped : mutate what is inside the compression of a seed, half of the time.
    n_in_suite : files that the test suite tries: fewer where one takes long.
    """

    name: str
    suffix: str
    read: Callable[[Path], object]
    seeds: Callable[[], Sequence[bytes]]
    check: Callable[[object], None] = lambda value: None
    others: st.SearchStrategy[bytes] | None = None
    found: dict[str, bytes] = field(default_factory=dict)
    is_gzipped: bool = False
    n_in_suite: int = 40

    @cached_property
    def valid(self) -> list[bytes]:
        """The seeds, made once."""
        return list(self.seeds())

    @property
    def inputs(self) -> st.SearchStrategy[bytes]:
        """Files to try."""
        broken = st.builds(self._broken, st.sampled_from(self.valid), MUTATIONS, st.booleans())
        return broken if self.others is None else broken | broken | self.others

    def _broken(self, content: bytes, mutations: Sequence[tuple], is_inside: bool) -> bytes:
        if self.is_gzipped and is_inside:
            return gzip.compress(mutate(gzip.decompress(content), mutations), 1)
        return mutate(content, mutations)


# --- mutations --------------------------------------------------------------------------------------------------------

WHERE = st.integers(0, 2**16 - 1)  # a place in the file, in parts of 2**16 of its length
MUTATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("scrap"), WHERE, st.sampled_from(SCRAPS)),
        st.tuples(st.just("scrap"), WHERE, st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("over"), WHERE, st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("integer"), WHERE, st.sampled_from(EXTREMES), st.sampled_from("1248"), st.booleans()),
        st.tuples(
            st.just("head"), st.integers(0, 400), st.sampled_from(EXTREMES), st.sampled_from("1248"), st.booleans()
        ),
        st.tuples(st.just("cut"), WHERE, st.integers(1, 64)),
        st.tuples(st.just("end"), WHERE),
        st.tuples(st.just("copy"), WHERE, WHERE, st.integers(1, 200)),
        st.tuples(st.just("number"), WHERE, st.sampled_from(NUMBERS)),
        st.tuples(st.just("word"), WHERE, WHERE),
        st.tuples(st.just("line"), WHERE, WHERE),
        st.tuples(st.just("without line"), WHERE),
    ),
    min_size=1,
    max_size=3,
)


def mutate(content: bytes, mutations: Sequence[tuple]) -> bytes:
    """Apply mutations (`MUTATIONS`), one after the other."""
    for kind, *arguments in mutations:
        content = MUTATORS[kind](content, *arguments)
    return content


def _at(content: bytes, where: int) -> int:
    return where * (len(content) + 1) >> 16


def _put(content: bytes, at: int, piece: bytes, n_replaced: int = 0) -> bytes:
    return content[:at] + piece + content[at + n_replaced :]


def _integer(content: bytes, at: int, number: int, n_bytes: str, is_little: bool) -> bytes:
    size = int(n_bytes)
    piece = (number % 256**size).to_bytes(size, "little" if is_little else "big")
    return _put(content, at, piece, size)


def _pieces(pattern: bytes, content: bytes, *places: int) -> list[tuple[int, int]]:
    spans = [match.span() for match in re.finditer(pattern, content[: 2**16])] or [(0, 0)]
    return [spans[place * len(spans) >> 16] for place in places]


def _number(content: bytes, where: int, number: str) -> bytes:
    [(start, end)] = _pieces(rb"-?\d[\d.]*(?:[eE][-+]?\d+)?", content, where)
    return _put(content, start, number.encode(), end - start)


def _swap(pattern: bytes, content: bytes, one: int, other: int) -> bytes:
    first, second = sorted(_pieces(pattern, content, one, other))
    if first == second:
        return _put(content, first[0], content[slice(*first)])  # the same piece twice
    pieces = content[slice(*second)], content[first[1] : second[0]], content[slice(*first)]
    return content[: first[0]] + b"".join(pieces) + content[second[1] :]


def _without_line(content: bytes, where: int) -> bytes:
    [(start, end)] = _pieces(rb"[^\n]*\n", content, where)
    return _put(content, start, b"", end - start)


MUTATORS: dict[str, Callable[..., bytes]] = {
    "scrap": lambda content, where, piece: _put(content, _at(content, where), piece),
    "over": lambda content, where, piece: _put(content, _at(content, where), piece, len(piece)),
    "integer": lambda content, where, *number: _integer(content, _at(content, where), *number),
    "head": _integer,
    "cut": lambda content, where, length: _put(content, _at(content, where), b"", length),
    "end": lambda content, where: content[: _at(content, where)],
    "copy": lambda content, where, source, length: _put(
        content, _at(content, where), content[_at(content, source) :][:length]
    ),
    "number": _number,
    "word": lambda content, one, other: _swap(rb"\w+", content, one, other),
    "line": lambda content, one, other: _swap(rb"[^\n]*\n", content, one, other),
    "without line": _without_line,
}


# --- reading ----------------------------------------------------------------------------------------------------------


class Process:
    """A process that reads files, one after the other; another one takes its place where it ends, and now and then.

    What it may add to its memory is limited, and so is the time for one file.
    """

    def __init__(self, reader: Reader):
        self.reader, self.path = reader, None
        self.folder = tempfile.TemporaryDirectory(prefix="fuzz-")
        self.counts = Counter()
        self._child = self._pipe = None

    def read(self, content: bytes) -> str:
        """Read a file of this content: ``value``, ``BadInput``, or a text of what is wrong."""
        if self._child is None or self.counts.total() % INPUTS_PER_PROCESS == 0:
            self._start()
        path = Path(self.folder.name) / f"sub-01{self.reader.suffix}"
        path.write_bytes(content)
        self._pipe.send(path)
        try:
            outcome = self._pipe.recv() if self._pipe.poll(WAIT) else f"no answer within {WAIT} s"
        except EOFError:
            self._child.join()
            code = -(self._child.exitcode or 0)
            took = f"more than {SECONDS} s of processor time" if code == signal.SIGPROF else f"ended by signal {code}"
            outcome = took
        if outcome not in ("value", "BadInput"):
            self.stop()
        self.counts[outcome if outcome in ("value", "BadInput") else "wrong"] += 1
        return outcome

    def stop(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            self._child.join()
            self._child = None

    def _start(self) -> None:
        self.stop()
        _ = self.reader.valid  # what this imports is then imported in every process
        context = multiprocessing.get_context("fork")  # what is imported stays imported
        self._pipe, its_end = context.Pipe()
        self._child = context.Process(target=_serve, args=(self.reader, its_end), daemon=True)
        self._child.start()
        its_end.close()


def _serve(reader: Reader, pipe) -> None:
    _limit_memory()
    while True:
        path = pipe.recv()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process: C code does not return to Python for it
        try:
            reader.check(reader.read(path))
            outcome = "value"
        except BadInput as error:
            outcome = "BadInput" if "\n" not in str(error) and str(error).isprintable() else f"not one line: {error!r}"
        except BaseException:
            outcome = traceback.format_exc()
        signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send(outcome)


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def fuzz(reader: Reader, n_inputs: int, *, seed: int) -> Counter:
    """Try a reader with random files; AssertionError with the smallest file found that is read wrongly.

    Returns
    -------
    How many files gave a ``value`` and how many a ``BadInput``.
    """
    process = Process(reader)

    @with_seed(seed)
    @settings(
        max_examples=n_inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(reader.inputs)
    def try_one(content: bytes) -> None:
        outcome = process.read(content)
        assert outcome in ("value", "BadInput"), f"{reader.name}: {content[:2000]!r}\n{outcome}"

    try:
        try_one()
    finally:
        process.stop()
        process.folder.cleanup()
    return process.counts
