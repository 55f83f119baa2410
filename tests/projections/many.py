"""Views of many cases: rows of the same shape as those that the views write, put in all at once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from projections.database import Database, Row, written_moment
from projections.register import EVERYBODY, NEVER

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AGENCIES = ("Acute Trust", "Police", "Housing Service", "Academy Trust")
_FIRST_DAY = date(2010, 1, 1)


def put_in(database: Database, number: int) -> None:
    """So many escalations; of each hundred, 40 are open, 8 of them with a limit that has passed."""
    register: list[Row] = []
    for one in range(number):
        register += _rows(one)
    counts = Counter((row[1], row[8], row[9]) for row in register)
    with database.writing():
        database.executemany(
            "INSERT INTO cases VALUES (?, ?, 'escalation', ?, ?, ?, 'rapid_review', ?, ?, 1, 1, '', '{}', ?)",
            [_case(row) for row in register if row[1] == EVERYBODY],
        )
        database.executemany("INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", register)
        database.executemany(
            "INSERT INTO register_counts VALUES (?, ?, ?, ?)",
            [(*key, cases) for key, cases in counts.items()],
        )
        database.executemany("INSERT INTO register_words VALUES (?, ?)", list(_words(number)))
        database.executemany(
            "INSERT INTO agreed_actions VALUES "
            "(?, 1, 'A1', ?, ?, ?, 'agency', ?, ?, ?, 0, NULL, 0, '{}', '1')",
            [_action(row) for row in register if row[1] == EVERYBODY],
        )


def _agency(one: int) -> str:
    return AGENCIES[one % len(AGENCIES)]


def _rows(one: int) -> Iterator[Row]:
    is_open, passed = one % 100 < 40, one % 100 < 8
    place = ("passed" if passed else "open") if is_open else "closed"
    moment = NEVER
    if is_open and one % 3:
        moment = written_moment(NOW + timedelta(days=one % 90))
    state = f"stage_{one % 3 + 1}" if is_open else "resolved"
    day = (_FIRST_DAY + timedelta(days=one % 6000)).isoformat()
    for agency in (EVERYBODY, _agency(one)):
        yield (
            *(one + 1, agency, f"escalation:ESC-{one:06}", "escalation", day, state),
            *("rapid_review", is_open, place, moment),
        )


def _case(row: Row) -> Row:
    opened, _, stream, _, day, state, _, is_open, *_ = row
    reference = stream.partition(":")[2]
    return stream, opened, reference, f"INC-{opened}", _agency(opened - 1), state, is_open, day


def _words(number: int) -> Iterator[Row]:
    for one in range(number):
        yield from ((word, one + 1) for word in {f"esc-{one:06}", f"{one:06}", str(one)})


def _action(row: Row) -> Row:
    opened, _, stream, _, day, _, _, is_open, *_ = row
    state = "agreed" if is_open else "confirmed"
    reference = stream.partition(":")[2]
    return stream, reference, f"INC-{opened}", _agency(opened - 1), state, day, is_open
