"""A UBL file as a tree that answers in plain values or names the element that is missing or wrong.

No entities, document types, network or huge trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from core.errors import RuleViolation
from procurement.choices import InvoiceKind

LARGEST = 10 * 1024 * 1024  # bytes
DEEPEST = 40
LARGEST_FIGURE = Decimal(10) ** 11
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {"cac": f"{UBL}CommonAggregateComponents-2", "cbc": f"{UBL}CommonBasicComponents-2"}
KINDS = {
    f"{{{UBL}Invoice-2}}Invoice": InvoiceKind.INVOICE,
    f"{{{UBL}CreditNote-2}}CreditNote": InvoiceKind.CREDIT_NOTE,
}
ZERO = Decimal(0)
MESSAGE_REMEDY = "Ask the supplier for a corrected file. Nothing was stored."


class UblError(RuleViolation):
    """The file is not a UBL invoice that can be read; `field` is the way to the element."""

    code = "ubl_unreadable"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message, field=field, remedy=MESSAGE_REMEDY)


@dataclass(frozen=True)
class Node:
    """An element and the way to it, for messages."""

    element: etree._Element
    path: str

    def all(self, name: str) -> list[Node]:
        """The children by that name ('cac:Party'); numbered in messages where there are several."""
        found = self.element.findall(name, NAMESPACES)
        many = len(found) > 1
        return [
            Node(each, f"{self.path}/{name}{f'[{position}]' if many else ''}")
            for position, each in enumerate(found, start=1)
        ]

    def maybe(self, way: str) -> Node | None:
        """The element at the end of 'cac:A/cac:B', or None."""
        node: Node | None = self
        for name in way.split("/"):
            node = next(iter(node.all(name)), None) if node else None
        return node

    def one(self, way: str) -> Node:
        """The same, which must be there."""
        found = self.maybe(way)
        if found is None:
            raise UblError(f"The element {self.path}/{way} is missing.", field=f"{self.path}/{way}")
        return found

    def text(self, way: str = "", *, needed: bool = False, longest: int = 300) -> str:
        """The text there, without spaces around it; empty where it is missing and not needed."""
        node = (self.one(way) if needed else self.maybe(way)) if way else self
        text = (node.element.text or "").strip() if node else ""
        if node and needed and not text:
            raise UblError(f"The element {node.path} is empty.", field=node.path)
        if node and len(text) > longest:
            if needed:
                raise UblError(f"The element {node.path} is longer than {longest} signs.", field=node.path)
            return text[:longest]
        return text

    def number(self, way: str, *, default: Decimal | None = None) -> Decimal:
        """The figure there. Refused where it is missing without a default, no number, or beyond all reason."""
        node = self.maybe(way) if default is not None else self.one(way)
        if node is None or (default is not None and not node.text()):
            return default if default is not None else ZERO
        text = node.text(needed=False, longest=60)
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or "e" in text.lower() or "_" in text:
            raise UblError(f"The element {node.path} is no number: {text!r}.", field=node.path)
        if abs(value) >= LARGEST_FIGURE:
            raise UblError(f"The figure in {node.path} is too large: {text}.", field=node.path)
        return value

    def amount(self, way: str, currency: str, *, default: Decimal | None = None) -> Decimal:
        """A figure of money, which must be in the document's currency."""
        value = self.number(way, default=default)
        node = self.maybe(way)
        theirs = node.element.get("currencyID") if node else None
        if node and theirs and theirs != currency:
            raise UblError(
                f"The element {node.path} is in {theirs}, the document in {currency}.", field=node.path
            )
        if node and value != round(value, 4):
            raise UblError(f"The amount in {node.path} has more than four decimals.", field=node.path)
        return value

    def day(self, way: str) -> date:
        """A day, as YYYY-MM-DD."""
        node = self.one(way)
        try:
            return date.fromisoformat(node.text(needed=False)[:10])
        except ValueError:
            raise UblError(f"The element {node.path} is no date: {node.text()!r}.", field=node.path) from None


def read_root(*, content: bytes) -> Node:
    """The root of a UBL invoice or credit note. Raises UblError."""
    if len(content) > LARGEST:
        raise UblError("The file is larger than 10 MB.", field="/")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        element = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UblError(f"The file is not well-formed XML: {error}.", field="/") from None
    if element.getroottree().docinfo.internalDTD is not None:
        raise UblError("The file has a DOCTYPE, which is not allowed in an invoice.", field="/DOCTYPE")
    if element.tag not in KINDS:
        raise UblError(
            f"The root element is {etree.QName(element).localname}, not a UBL Invoice or CreditNote.",
            field=f"/{etree.QName(element).localname}",
        )
    _check_depth(element)
    return Node(element, f"/{etree.QName(element).localname}")


def _check_depth(root: etree._Element) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            name = etree.QName(element).localname
            raise UblError(f"The element {name} is nested more than {DEEPEST} deep.", field=f"//{name}")
