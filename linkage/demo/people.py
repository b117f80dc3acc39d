"""Logins of the demo, their crafts, and what each role may approve."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from cmms.models import Craft, CraftRate, Technician
from core.history import bulk_create_with_history
from core.models import User
from linkage.demo.words_people import CRAFTS, PEOPLE
from linkage.demo.world import World
from procurement.choices import DocumentKind
from procurement.models import ApprovalLimit

PASSWORD = "demo"
LIMITS: tuple[tuple[str, str, int], ...] = (
    (DocumentKind.REQUISITION, "approver", 10_000),
    (DocumentKind.PURCHASE_ORDER, "approver", 25_000),
    (DocumentKind.PURCHASE_ORDER, "buyer", 10_000),
)


def make_users() -> dict[str, User]:
    """The logins that are not there yet, all with the password 'demo'; returns every one by its name."""
    there = set(User.objects.values_list("username", flat=True))
    groups = dict(Group.objects.values_list("name", "pk"))
    hashed = make_password(PASSWORD)
    missing = [
        User(
            username=each.username, first_name=each.first, last_name=each.last, job_title=each.title,
            email=f"{each.username}@tenon.example", password=hashed,
            is_superuser=each.role == "admin", is_staff=each.role != "technician",
        )
        for each in PEOPLE
        if each.username not in there
    ]  # fmt: skip
    User.objects.bulk_create(missing)
    role_of = {each.username: each.role for each in PEOPLE}
    membership = User.groups.through
    User.groups.through.objects.bulk_create(
        membership(user_id=user.pk, group_id=groups[role_of[user.username]])
        for user in missing
        if role_of[user.username] in groups
    )
    return {user.username: user for user in User.objects.filter(username__in=role_of).order_by("pk")}


def settle_people(world: World) -> None:
    """Give people their site, craft, rate and limits."""
    for each in PEOPLE:
        person = world.people[each.username]
        person.home_site = world.sites[each.site]
        person.cost_centre = world.centres[each.site][0]
    User.objects.bulk_update(list(world.people.values()), ["home_site", "cost_centre"])
    _make_crafts(world, since=world.clock.start.date())
    technicians = []
    for each in PEOPLE:
        if each.craft:
            person = world.people[each.username]
            crew = f"{world.sites[each.site].name} maintenance"
            technicians.append(Technician(user=person, craft=world.crafts[each.craft], crew=crew))
            world.crews.setdefault(each.site, {}).setdefault(each.craft, []).append(person)
    bulk_create_with_history(technicians)
    _make_limits(world)


def _make_crafts(world: World, since: date) -> None:
    crafts = bulk_create_with_history([Craft(code=code, name=name) for code, name, _ in CRAFTS])
    world.crafts = {craft.code: craft for craft in crafts}
    rates = []
    for code, _, rate in CRAFTS:
        for days, raised in ((-400, Decimal(0)), (75, Decimal("1.50"))):
            rates.append(
                CraftRate(
                    craft=world.crafts[code],
                    valid_from=since + timedelta(days=days),
                    hourly_rate=Decimal(rate) + raised,
                )
            )
    bulk_create_with_history(rates)


def _make_limits(world: World) -> None:
    groups = {group.name: group for group in Group.objects.all()}
    limits = [
        ApprovalLimit(document_kind=kind, group=groups[role], limit_amount=Decimal(amount))
        for kind, role, amount in LIMITS
    ]
    limits += [
        ApprovalLimit(document_kind=kind, user=world.people[name], is_unlimited=True)
        for kind in DocumentKind.values
        for name in ("director", "admin")
    ]
    bulk_create_with_history(limits)
