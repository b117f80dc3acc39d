"""Document numbers have no gaps and no twins."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from core.numbering import next_number, next_numbers


@pytest.mark.django_db
def test_numbers_follow_each_other_per_kind() -> None:
    assert next_number("WO") == "WO-000001"
    assert next_numbers("WO", 3) == ["WO-000002", "WO-000003", "WO-000004"]
    assert next_number("PO") == "PO-000001"
    assert next_numbers("PO", 0) == []


@pytest.mark.django_db
def test_many_numbers_take_one_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        next_numbers("WO", 500)


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_once_have_no_gap_and_no_twin() -> None:
    def take(_: int) -> list[str]:
        try:
            with transaction.atomic():
                return next_numbers("WO", 2)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [number for pair in pool.map(take, range(24)) for number in pair]
    assert sorted(taken) == [f"WO-{value:06d}" for value in range(1, 49)]


@pytest.mark.django_db(transaction=True)
def test_a_failed_document_gives_its_number_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_number("WO")
        raise ZeroDivisionError
    assert next_number("WO") == "WO-000001"
