"""Words of the invented plant: sites, areas, machines, what they are made of and what goes wrong with them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SiteWords:
    """One plant: where it is, who pays, and its areas with (machine, kind, criticality) in each."""

    code: str
    name: str
    timezone: str
    address: str
    centres: tuple[str, ...]
    areas: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]


SITES: tuple[SiteWords, ...] = (
    SiteWords(
        "BRK", "Brackwater Dairy", "Europe/Dublin", "Quay Road 4, Brackwater",
        ("Process hall", "Filling hall", "Utilities"),
        (
            ("Milk reception", (
                ("Raw milk pump 1", "PUMP", "A"), ("Raw milk pump 2", "PUMP", "B"),
                ("Cream separator", "SEPARATOR", "A"), ("Tanker bay conveyor", "CONVEYOR", "C"),
            )),
            ("Pasteurising", (
                ("Pasteuriser 1", "EXCHANGER", "A"), ("Pasteuriser 2", "EXCHANGER", "B"),
                ("Homogeniser", "PUMP", "A"), ("Cleaning-in-place pump", "PUMP", "B"),
            )),
            ("Filling", (
                ("Carton filler A", "FILLER", "A"), ("Carton filler B", "FILLER", "A"),
                ("Cup filler", "FILLER", "B"), ("Case packer", "ROBOT", "B"),
                ("Palletiser", "ROBOT", "A"), ("Crate conveyor", "CONVEYOR", "B"),
            )),
            ("Utilities", (
                ("Steam boiler", "BOILER", "A"), ("Ice water compressor 1", "COMPRESSOR", "A"),
                ("Ice water compressor 2", "COMPRESSOR", "B"), ("Air compressor", "COMPRESSOR", "B"),
                ("Effluent pump", "PUMP", "C"),
            )),
        ),
    ),
    SiteWords(
        "HLM", "Halmgard Mill", "Europe/Copenhagen", "Mill Lane 12, Halmgard",
        ("Milling floor", "Packing", "Silos and transport"),
        (
            ("Intake", (
                ("Intake elevator 1", "ELEVATOR", "A"), ("Intake elevator 2", "ELEVATOR", "B"),
                ("Chain conveyor North", "CONVEYOR", "B"), ("Drum cleaner", "SEPARATOR", "B"),
            )),
            ("Milling floor", (
                ("Roller mill 1", "ROLLER", "A"), ("Roller mill 2", "ROLLER", "A"),
                ("Roller mill 3", "ROLLER", "B"), ("Roller mill 4", "ROLLER", "B"),
                ("Plansifter East", "SEPARATOR", "A"), ("Plansifter West", "SEPARATOR", "B"),
                ("Suction fan 1", "FAN", "A"), ("Suction fan 2", "FAN", "B"),
            )),
            ("Packing", (
                ("Bag filler 1", "FILLER", "A"), ("Bag filler 2", "FILLER", "B"),
                ("Bag palletiser", "ROBOT", "A"), ("Bag conveyor", "CONVEYOR", "C"),
            )),
            ("Utilities", (
                ("Blower 1", "COMPRESSOR", "A"), ("Blower 2", "COMPRESSOR", "B"), ("Dust fan", "FAN", "B"),
            )),
        ),
    ),
    SiteWords(
        "TRK", "Torrick Stamping", "America/Toronto", "Foundry Street 88, Torrick",
        ("Press shop", "Welding", "Tool room"),
        (
            ("Press shop", (
                ("Press 1, 400 t", "PRESS", "A"), ("Press 2, 400 t", "PRESS", "A"),
                ("Press 3, 250 t", "PRESS", "B"), ("Press 4, 160 t", "PRESS", "B"),
                ("Coil feeder 1", "ROLLER", "A"), ("Coil feeder 2", "ROLLER", "B"),
            )),
            ("Welding", (
                ("Weld cell 1", "ROBOT", "A"), ("Weld cell 2", "ROBOT", "A"), ("Weld cell 3", "ROBOT", "B"),
                ("Transfer conveyor", "CONVEYOR", "B"),
            )),
            ("Finishing", (
                ("Parts washer", "EXCHANGER", "B"), ("Oven fan", "FAN", "B"), ("Scrap conveyor", "CONVEYOR", "B"),
            )),
            ("Utilities", (
                ("Screw compressor 1", "COMPRESSOR", "A"), ("Screw compressor 2", "COMPRESSOR", "C"),
                ("Cooling water pump", "PUMP", "B"), ("Hall boiler", "BOILER", "C"),
            )),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class KindWords:
    """A kind of machine: its class, its components with their class, and what it costs new."""

    class_name: str
    components: tuple[tuple[str, str], ...]
    value: int


KINDS: dict[str, KindWords] = {
    "PUMP": KindWords("Centrifugal pump", (("Motor", "MOTOR"), ("Shaft seal", "SEAL")), 9_000),
    "SEPARATOR": KindWords("Separator", (("Drive motor", "MOTOR"), ("Bearing housing", "BEARING")), 64_000),
    "CONVEYOR": KindWords("Conveyor", (("Gear motor", "GEARBOX"), ("Belt", "BELT")), 18_000),
    "EXCHANGER": KindWords("Heat exchanger", (("Plate pack", "PLATES"), ("Control valve", "VALVE")), 41_000),
    "FILLER": KindWords(
        "Filling machine",
        (("Dosing head", "VALVE"), ("Infeed belt", "BELT"), ("Control panel", "CONTROL")),
        210_000,
    ),
    "ROBOT": KindWords("Robot cell", (("Gripper", "PNEUMATIC"), ("Control panel", "CONTROL")), 96_000),
    "BOILER": KindWords("Boiler", (("Burner", "BURNER"), ("Feed pump", "PUMP")), 120_000),
    "COMPRESSOR": KindWords("Compressor", (("Motor", "MOTOR"), ("Oil filter unit", "FILTER")), 52_000),
    "ELEVATOR": KindWords("Bucket elevator", (("Gear motor", "GEARBOX"), ("Bucket belt", "BELT")), 38_000),
    "ROLLER": KindWords("Roller stand", (("Main drive", "MOTOR"), ("Roll bearings", "BEARING")), 74_000),
    "FAN": KindWords("Fan", (("Motor", "MOTOR"), ("Bearing pair", "BEARING")), 12_000),
    "PRESS": KindWords(
        "Mechanical press",
        (("Main drive", "MOTOR"), ("Clutch and brake", "CLUTCH"), ("Hydraulic unit", "HYDRAULIC")),
        480_000,
    ),
}

COMPONENT_CLASSES: dict[str, str] = {
    "MOTOR": "Electric motor", "SEAL": "Shaft seal", "BEARING": "Bearing arrangement", "GEARBOX": "Gearbox",
    "BELT": "Belt", "PLATES": "Plate pack", "VALVE": "Valve", "CONTROL": "Control panel",
    "PNEUMATIC": "Pneumatic unit", "BURNER": "Burner", "FILTER": "Filter unit", "CLUTCH": "Clutch",
    "HYDRAULIC": "Hydraulic unit",
}  # fmt: skip

# Which item families a component's spare parts come from.
PARTS_OF: dict[str, tuple[str, ...]] = {
    "MOTOR": ("BRG", "ELE", "MOT"), "SEAL": ("SEA", "FAS"), "BEARING": ("BRG", "LUB"),
    "GEARBOX": ("GBX", "SEA", "LUB"), "BELT": ("BLT", "BRG"), "PLATES": ("SEA", "VLV"),
    "VALVE": ("VLV", "SEA"), "CONTROL": ("SEN", "ELE"), "PNEUMATIC": ("PNE", "SEN"),
    "BURNER": ("SEN", "FLT"), "FILTER": ("FLT", "LUB"), "CLUTCH": ("PNE", "HYD"),
    "HYDRAULIC": ("HYD", "FLT"), "PUMP": ("SEA", "BRG"),
}  # fmt: skip

# What is reported, what the planner calls it, and its steps with their craft.
FAULTS: dict[str, tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]] = {
    "MOTOR": (
        ("Runs hot and trips after half an hour", "Motor overheats", (("Measure currents", "ELE"), ("Change bearings", "MEC"))),
        ("Loud hum, smell of burnt varnish", "Motor winding damaged", (("Take out and fit spare", "MEC"), ("Connect and test", "ELE"))),
    ),
    "SEAL": (
        ("Water is dripping from under it", "Shaft seal leaks", (("Change shaft seal", "MEC"),)),
        ("Product on the floor every morning", "Seal worn", (("Change seal and check shaft", "MEC"),)),
    ),
    "BEARING": (
        ("Squeals when it starts", "Bearing noise", (("Change bearing", "MEC"), ("Align and grease", "MEC"))),
        ("Vibrates much more than last week", "High vibration", (("Measure vibration", "MEC"), ("Change bearing", "MEC"))),
    ),
    "GEARBOX": (
        ("Oil under the gearbox", "Gearbox loses oil", (("Change seals, fill oil", "MEC"),)),
        ("Knocking sound under load", "Gearbox knocks", (("Open and inspect", "MEC"), ("Fit new gear motor", "MEC"))),
    ),
    "BELT": (
        ("Belt runs to one side and frays", "Belt off track", (("Track and tension", "MEC"),)),
        ("Belt slips when loaded", "Belt worn", (("Fit new belt", "MEC"),)),
    ),
    "PLATES": (("Pressure falls, outlet not warm enough", "Plates fouled", (("Open and clean", "MEC"), ("Change gaskets", "MEC"))),),
    "VALVE": (
        ("Does not close fully", "Valve passes", (("Change seat and seal", "MEC"),)),
        ("Sticks, fills uneven", "Valve sticks", (("Clean and test", "MEC"),)),
    ),
    "CONTROL": (
        ("Stops at random with a sensor alarm", "Sensor fails", (("Find and change sensor", "ELE"),)),
        ("Screen goes black", "Operator panel dead", (("Change power supply", "ELE"),)),
    ),
    "PNEUMATIC": (("Hisses, gripper drops cases", "Air leak at gripper", (("Change cylinder and hoses", "MEC"),)),),
    "BURNER": (("Does not ignite at the first try", "Burner ignition", (("Clean and adjust", "ELE"),)),),
    "FILTER": (("Filter alarm is on", "Filter blocked", (("Change filter", "MEC"),)),),
    "CLUTCH": (("Stops too late after the light curtain", "Brake slow", (("Measure stopping time", "ELE"), ("Change linings", "MEC"))),),
    "HYDRAULIC": (("Slow, oil too warm", "Hydraulic pressure low", (("Check pump and valves", "HYD"), ("Change hose", "HYD"))),),
    "PUMP": (("Not enough pressure", "Pump worn", (("Change impeller and seal", "MEC"),)),),
}  # fmt: skip

ROUNDS: tuple[tuple[str, str, str], ...] = (
    ("Monthly inspection", "Look, listen, feel; note what is loose or leaking", "MEC"),
    ("Lubrication round", "Grease points as on the plate; wipe, count the strokes", "MEC"),
    ("Electrical check", "Tighten terminals, measure insulation, test emergency stop", "ELE"),
    ("Quarterly service", "Filters, belts, oil; sign the sheet", "MEC"),
    ("Safety device test", "Guards, light curtains, stops: one after another", "ELE"),
    ("Oil change", "Drain warm, new filter, fill to the mark", "MEC"),
)
IMPROVEMENTS = (
    "Fit a guard that opens without tools", "Move the oil filler to the walkway", "Add a drip tray",
    "Label all shut-off valves", "Fit vibration sensor", "Raise the platform by a step",
)  # fmt: skip
DEPARTMENTS = ("Production", "Quality", "Logistics", "Safety", "Maintenance")
REPORTERS = ("Shift A", "Shift B", "Shift C", "Line leader", "Cleaning crew", "Laboratory")

CLOSING_WORDS = (
    "Runs quietly again.",
    "Changed, tested, cleaned up.",
    "Worn out, as expected.",
    "Check again in a month.",
    "",
)
