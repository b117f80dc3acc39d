"""Sites, cost centres, places, machines and storerooms of the demo."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from cmms.choices import Criticality
from cmms.models import Asset, AssetClass, Location, SparePart, Storeroom
from core.choices import Dimension
from core.history import bulk_create_with_history
from core.models import CostCentre, Item, Program, Site, Unit
from linkage.demo.words_plant import COMPONENT_CLASSES, KINDS, PARTS_OF, SITES, SiteWords
from linkage.demo.world import Place, World

UNITS: tuple[tuple[str, str, str, int, int], ...] = (
    ("PCE", "piece", Dimension.COUNT, 1, 1), ("MTR", "metre", Dimension.LENGTH, 1, 1),
    ("KGM", "kilogram", Dimension.MASS, 1, 1), ("LTR", "litre", Dimension.VOLUME, 1, 1),
    ("HUR", "hour", Dimension.TIME, 1, 1), ("DAY", "day", Dimension.TIME, 24, 1),
    ("MTK", "square metre", Dimension.AREA, 1, 1), ("MMT", "millimetre", Dimension.LENGTH, 1, 1000),
    ("DZN", "dozen", Dimension.COUNT, 12, 1), ("LS", "lump sum", Dimension.MONEY, 1, 1),
)  # fmt: skip
PROGRAMS = (("SHUT-SPRING", "Spring shutdown"), ("ENERGY", "Energy saving"), ("GUARDING", "Machine guarding"))


def make_units(world: World) -> None:
    """Units, each kept if it is already there."""
    Unit.objects.bulk_create(
        [
            Unit(code=code, name=name, dimension=dimension, factor_numerator=up, factor_denominator=down)
            for code, name, dimension, up, down in UNITS
        ],
        ignore_conflicts=True,
    )
    world.units = {unit.code: unit for unit in Unit.objects.all()}


def make_sites(world: World) -> None:
    """Sites with their cost centres and one storeroom each; programs."""
    world.sites = bulk_create_with_history(
        [
            Site(code=words.code, name=words.name, timezone=words.timezone, address=words.address)
            for words in SITES
        ]
    )
    for position, (site, words) in enumerate(zip(world.sites, SITES, strict=True)):
        centres = [
            CostCentre(code=f"{site.code}-{number}00", name=name, site=site)
            for number, name in enumerate(words.centres, start=1)
        ]
        world.centres[position] = bulk_create_with_history(centres)
    stores = [
        Storeroom(site=site, code=f"{site.code}-MAIN", name=f"Main store, {site.name}")
        for site in world.sites
    ]
    world.storerooms = dict(enumerate(bulk_create_with_history(stores)))
    bulk_create_with_history([Program(code=code, name=name) for code, name in PROGRAMS])


def make_assets(world: World) -> None:
    """Locations and assets, level by level, and the spare parts of each component."""
    names = {kind: words.class_name for kind, words in KINDS.items()} | COMPONENT_CLASSES
    classes = bulk_create_with_history([AssetClass(code=code, name=name) for code, name in names.items()])
    by_code = {each.code: each for each in classes}
    for round_number in range(world.scale):
        for position, words in enumerate(SITES):
            _make_site_assets(world, position, words, by_code, round_number)
    bulk_create_with_history(
        [
            SparePart(asset=place.asset, item=item, quantity_fitted=world.random.randint(1, 4))
            for place in world.places
            for item in (*place.parts, *place.bought)
        ]
    )


def _make_site_assets(
    world: World, position: int, words: SiteWords, classes: dict[str, AssetClass], round_number: int
) -> None:
    """One copy of a site's machines; copies beyond the first (--scale) are further halls."""
    site, mark = world.sites[position], f"{round_number + 1}" if round_number else ""
    hall = Location(
        site=site, code=f"{site.code}{mark}", name=f"{site.name}{f', hall {mark}' if mark else ''}"
    )
    bulk_create_with_history([hall])
    areas = bulk_create_with_history(
        [
            Location(site=site, parent=hall, code=f"{site.code}{mark}-{number:02d}", name=name)
            for number, (name, _) in enumerate(words.areas, start=1)
        ]
    )
    centres = world.centres[position]
    lines, machines, kinds = [], [], []
    for number, (area, (name, _)) in enumerate(zip(areas, words.areas, strict=True)):
        lines.append(
            Asset(
                code=f"{area.code}-000", name=f"{name} line", site=site, location=area,
                cost_centre=centres[number % len(centres)], criticality=Criticality.A,
            )
        )  # fmt: skip
    bulk_create_with_history(lines)
    for line, area, (_, machine_words) in zip(lines, areas, words.areas, strict=True):
        for number, (name, kind, criticality) in enumerate(machine_words, start=1):
            machines.append(
                _machine(world, line, area, f"{area.code}-{number:02d}0", name, kind, criticality, classes)
            )
            kinds.append(kind)
    bulk_create_with_history(machines)
    _make_components(world, position, machines, kinds, classes)


def _machine(
    world: World, line: Asset, area: Location, code: str, name: str, kind: str, criticality: str,
    classes: dict[str, AssetClass],
) -> Asset:  # fmt: skip
    value = Decimal(KINDS[kind].value) * Decimal(world.random.randint(80, 130)) / 100
    installed = date(world.clock.start.year - world.random.randint(2, 18), world.random.randint(1, 12), 15)
    return Asset(
        code=code, name=name, parent=line, site=line.site, location=area, asset_class=classes[kind],
        cost_centre=line.cost_centre, criticality=criticality, installed_on=installed,
        installed_value=value, replacement_value=value * Decimal("1.3"),
        serial_number=f"{world.random.randint(10_000, 99_999)}-{world.random.randint(10, 99)}",
        warranty_until=installed + timedelta(days=730),
    )  # fmt: skip


def _make_components(
    world: World, position: int, machines: list[Asset], kinds: list[str], classes: dict[str, AssetClass]
) -> None:
    components: list[Asset] = []
    named: list[str] = []
    for machine, kind in zip(machines, kinds, strict=True):
        for number, (name, component) in enumerate(KINDS[kind].components, start=1):
            components.append(
                Asset(
                    code=f"{machine.code[:-1]}{number}", name=f"{name}, {machine.name}", parent=machine,
                    site=machine.site, location=machine.location, cost_centre=machine.cost_centre,
                    asset_class=classes[component], criticality=machine.criticality,
                    installed_on=machine.installed_on,
                )
            )  # fmt: skip
            named.append(component)
    bulk_create_with_history(components)
    for asset, component in zip(components, named, strict=True):
        stocked, bought = _spare_parts(world, component)
        world.places.append(Place(asset, component, position, stocked, bought))


def _spare_parts(world: World, component: str) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    chosen = [
        item
        for family in PARTS_OF[component]
        for item in world.random.sample(world.items[family], min(2, len(world.items[family])))
    ]
    return (
        tuple(item for item in chosen if item.is_stocked),
        tuple(item for item in chosen if not item.is_stocked),
    )
