"""The collection of steps and its verbs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api import inputs, step_inputs
from cmms.api.serializers import OperationSerializer
from cmms.api.step_serializers import SignatureSerializer
from cmms.models import Operation
from cmms.services.execution import finish_operation
from cmms.services.signing import sign_operation
from cmms.services.step_links import PointInput
from cmms.services.steps import (
    add_inspection_template,
    attach_certificate,
    reopen_operation,
    update_operation,
)
from core.api.serializers import EmptySerializer
from core.api.viewsets import DocumentViewSet


class OperationViewSet(DocumentViewSet):
    """Steps of work orders."""

    queryset = Operation.objects.prefetch_related("predecessor_links", "qualification_links")
    serializer_class = OperationSerializer
    filterset_fields = ("work_order", "status", "execution", "craft", "sign_off", "rework_of")

    @extend_schema(request=EmptySerializer, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """The step is done."""
        finish_operation(operation_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=step_inputs.StepChangeInput, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change what is planned: words, order, qualifications, inspection points, signatures."""
        data = inputs.keys(self.read(step_inputs.StepChangeInput), "craft")
        if "qualifications" in data:
            data["qualification_ids"] = data.pop("qualifications")
        if "points" in data:
            data["points"] = [PointInput(**each) for each in data["points"]]
        update_operation(operation_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=step_inputs.TemplateInput, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="add-template")
    def add_template(self, request: Request, pk: str) -> Response:
        """Add the points of an inspection template."""
        data = inputs.keys(self.read(step_inputs.TemplateInput), "template")
        add_inspection_template(operation_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.MustSayWhy, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """It was not done after all; its signatures become void and stay."""
        data = self.read(inputs.MustSayWhy)
        reopen_operation(operation_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=step_inputs.CertificateInput, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="attach-certificate")
    def attach_certificate(self, request: Request, pk: str) -> Response:
        """File the certificate of the step."""
        data = self.read(step_inputs.CertificateInput)
        attach_certificate(
            operation_id=self.document_id, attachment_id=data["certificate"], actor=self.actor, at=self.at
        )
        return self.answer()

    @extend_schema(request=step_inputs.SignInput, responses={201: SignatureSerializer})
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Sign the step as the caller, with the password entered anew."""
        data = self.read(step_inputs.SignInput)
        signature = sign_operation(operation_id=self.document_id, **data, actor=self.actor, at=self.at)
        context = self.get_serializer_context()
        return Response(SignatureSerializer(signature, context=context).data, status=201)
