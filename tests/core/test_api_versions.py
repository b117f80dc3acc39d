"""ETag and If-Match protect a document from lost updates; amounts are left out for who may not see costs."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from core.api.serializers import CostAwareSerializer
from core.api.viewsets import DocumentViewSet
from core.models import User

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]


@pytest.fixture
def paper(db: None) -> Iterator[Any]:
    """A document with a version, in a table that lasts as long as the test."""
    with isolate_apps("core"):

        class Paper(models.Model):
            version = models.PositiveIntegerField(default=7)

            class Meta:
                app_label = "core"

            def __str__(self) -> str:
                return f"Paper {self.pk}"

    with connection.schema_editor() as editor:
        editor.create_model(Paper)
    yield Paper.objects.create()


@pytest.fixture
def send(paper: Any, admin: User) -> Send:
    """`send("post", If_Match=...)` to the viewset of the paper."""

    class PaperSerializer(serializers.Serializer[Any]):
        version = serializers.IntegerField()

    class PaperViewSet(DocumentViewSet):
        queryset = type(paper)._default_manager.all()
        serializer_class = PaperSerializer

        @action(detail=True, methods=["post"])
        def stamp(self, request: Request, pk: str) -> Response:
            row = self.get_object()
            row.version += 1
            row.save()
            return self.answer()

    def send(method: str, pk: Any = None, **headers: str) -> Any:
        request = getattr(APIRequestFactory(), method)("/papers/1/", headers=headers)
        force_authenticate(request, admin)
        view = PaperViewSet.as_view({"get": "retrieve", "post": "stamp"})
        response = view(request, pk=str(pk or paper.pk))
        response.render()
        return response

    return send


def test_a_document_is_read_with_its_version_as_etag(send: Send) -> None:
    assert send("get")["ETag"] == 'W/"7"'


@pytest.mark.parametrize("expected", ['W/"7"', '"7"', "*"])
def test_a_write_on_the_version_that_was_read_goes_through(send: Send, expected: str) -> None:
    answer = send("post", **{"If-Match": expected})
    assert (answer.status_code, answer["ETag"]) == (200, 'W/"8"')


def test_a_write_on_an_older_version_is_refused_and_changes_nothing(send: Send) -> None:
    send("post", **{"If-Match": 'W/"7"'})
    answer = send("post", **{"If-Match": 'W/"7"'})
    assert answer.status_code == 412
    assert "now version 8" in answer.data["detail"]
    assert send("get")["ETag"] == 'W/"8"'


def test_a_repeated_write_gets_its_first_answer_even_though_the_version_moved_on(send: Send) -> None:
    headers = {"If-Match": 'W/"7"', "Idempotency-Key": "k"}
    first, second = send("post", **headers), send("post", **headers)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second["Idempotent-Replayed"] == "true"
    assert second["ETag"] == first["ETag"] == 'W/"8"'


def test_a_write_on_a_document_that_is_not_there_is_a_404(send: Send) -> None:
    assert send("post", pk=999, **{"If-Match": 'W/"7"'}).status_code == 404


class LineSerializer(CostAwareSerializer):
    cost_fields = ("price",)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=4)
    price = serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True)


class OrderSerializer(CostAwareSerializer):
    cost_fields = ("total",)
    total = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)
    lines = LineSerializer(many=True)


def test_amounts_are_null_at_every_depth_without_the_right_to_see_costs(make_user: Any, admin: User) -> None:
    order = {"total": Decimal("5.00"), "lines": [{"quantity": Decimal(2), "price": Decimal("2.5")}]}
    request = APIRequestFactory().get("/")
    request.user = make_user("ann")
    shown = OrderSerializer(order, context={"request": request}).data
    assert shown == {"total": None, "lines": [{"quantity": "2.0000", "price": None}]}
    request.user = admin
    shown = OrderSerializer(order, context={"request": request}).data
    assert (shown["total"], shown["lines"][0]["price"]) == ("5.00", "2.500000")
