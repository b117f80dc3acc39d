"""Words of buying: item families, suppliers, services; all names are invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FamilyWords:
    """A family of items: a category, its kinds and sizes, a price span in euros, and how it is kept."""

    code: str
    name: str
    kinds: tuple[str, ...]
    sizes: tuple[str, ...]
    low: int
    high: int
    unit: str = "PCE"
    is_stocked: bool = True


FAMILIES: tuple[FamilyWords, ...] = (
    FamilyWords("BRG", "Bearings", ("Ball bearing", "Roller bearing", "Bearing housing", "Thrust bearing"),
                ("20 mm", "25 mm", "30 mm", "35 mm", "40 mm", "50 mm", "60 mm", "80 mm", "100 mm"), 9, 240),
    FamilyWords("SEA", "Seals and gaskets", ("Shaft seal", "O-ring set", "Mechanical seal", "Flat gasket"),
                ("18 mm", "22 mm", "28 mm", "35 mm", "43 mm", "55 mm", "70 mm", "90 mm", "DN 150"), 3, 180),
    FamilyWords("BLT", "Belts and chains", ("V-belt", "Toothed belt", "Roller chain", "Conveyor belt section"),
                ("0.8 m", "1.2 m", "1.6 m", "2.0 m", "2.5 m", "3.2 m", "4.0 m"), 12, 320),
    FamilyWords("FLT", "Filters", ("Oil filter", "Air filter", "Hydraulic filter", "Bag filter"),
                ("size 1", "size 2", "size 3", "size 4", "size 5", "size 6", "size 7"), 8, 140),
    FamilyWords("LUB", "Lubricants", ("Gear oil", "Hydraulic oil", "Food-safe grease", "Chain oil"),
                ("VG 32", "VG 46", "VG 68", "VG 150", "VG 220"), 4, 22, "LTR"),
    FamilyWords("FAS", "Fasteners", ("Hexagon bolt", "Socket screw", "Lock nut", "Threaded rod"),
                ("M6", "M8", "M10", "M12", "M16", "M20", "M24"), 1, 9),
    FamilyWords("SEN", "Sensors", ("Proximity switch", "Light barrier", "Pressure sensor", "Temperature probe"),
                ("type 1", "type 2", "type 3", "type 4", "type 5", "type 6", "type 7"), 35, 290),
    FamilyWords("ELE", "Electrical parts", ("Contactor", "Fuse set", "Power supply", "Motor starter", "Cable gland"),
                ("6 A", "10 A", "16 A", "25 A", "40 A", "63 A", "80 A"), 5, 260),
    FamilyWords("PNE", "Pneumatics", ("Air cylinder", "Air valve", "Hose coupling", "Silencer"),
                ("size 10", "size 16", "size 20", "size 25", "size 32", "size 40", "size 50"), 6, 210),
    FamilyWords("HYD", "Hydraulics", ("Hydraulic hose", "Hydraulic valve", "Pressure gauge", "Cylinder seal kit"),
                ("8 mm", "10 mm", "12 mm", "16 mm", "20 mm", "25 mm", "32 mm"), 18, 420),
    FamilyWords("VLV", "Valves", ("Butterfly valve", "Ball valve", "Check valve", "Control valve seat"),
                ("DN 15", "DN 25", "DN 40", "DN 50", "DN 65", "DN 80", "DN 100"), 24, 480),
    FamilyWords("WLD", "Welding and steel", ("Welding wire", "Flat steel", "Square tube", "Grinding disc"),
                ("1", "2", "3", "4", "5"), 3, 60, "KGM"),
    FamilyWords("SAF", "Safety and consumables", ("Work gloves", "Safety glasses", "Wiping cloths", "Hearing protection"),
                ("S", "M", "L", "XL", "XXL"), 2, 30),
    FamilyWords("MOT", "Motors", ("Electric motor", "Brake motor", "Servo motor"),
                ("0.75 kW", "1.5 kW", "3 kW", "5.5 kW", "7.5 kW", "11 kW", "15 kW", "22 kW"), 190, 2900, "PCE", False),
    FamilyWords("GBX", "Gearboxes and pumps", ("Gear motor", "Worm gearbox", "Pump head", "Blower stage"),
                ("size 40", "size 50", "size 63", "size 75", "size 90", "size 110"), 260, 3800, "PCE", False),
)  # fmt: skip


@dataclass(frozen=True)
class ServiceWords:
    """A catalogue service with its price in euros per unit."""

    code: str
    name: str
    unit: str
    price: int


SERVICE_FAMILY = ("SRV", "Outside services")
SERVICES: tuple[ServiceWords, ...] = (
    ServiceWords("SRV-CRANE", "Mobile crane with operator", "HUR", 145),
    ServiceWords("SRV-REWIND", "Motor rewinding", "PCE", 880),
    ServiceWords("SRV-BALANCE", "Rotor balancing on site", "HUR", 118),
    ServiceWords("SRV-ALIGN", "Laser alignment", "HUR", 96),
    ServiceWords("SRV-NDT", "Crack test of shafts", "PCE", 240),
    ServiceWords("SRV-SCAFF", "Scaffold, up and down", "PCE", 620),
    ServiceWords("SRV-CALIB", "Calibration of instruments", "PCE", 75),
    ServiceWords("SRV-CLEAN", "Tank cleaning", "HUR", 82),
    ServiceWords("SRV-BOILER", "Boiler inspection", "PCE", 1350),
    ServiceWords("SRV-INSUL", "Pipe insulation", "HUR", 64),
    ServiceWords("SRV-ELEC", "Contract electrician", "HUR", 71),
    ServiceWords("SRV-MECH", "Contract mechanic", "HUR", 66),
)


@dataclass(frozen=True)
class SupplierWords:
    """A supplier, its currency and the families it sells; the first named seller of a family is preferred."""

    name: str
    families: tuple[str, ...]
    currency: str = "EUR"


SUPPLIERS: tuple[SupplierWords, ...] = (
    SupplierWords("Varnholt Bearings", ("BRG",)),
    SupplierWords("Quillmere Seals", ("SEA",)),
    SupplierWords("Strandeck Belts", ("BLT",)),
    SupplierWords("Copperlay Filters", ("FLT",)),
    SupplierWords("Fenwold Lubricants", ("LUB",)),
    SupplierWords("Drossing and Kay Fasteners", ("FAS",)),
    SupplierWords("Ishmere Automation", ("SEN", "ELE")),
    SupplierWords("Marrowgate Electrical", ("ELE", "SEN")),
    SupplierWords("Pellworthy Pneumatics", ("PNE",)),
    SupplierWords("Ombrick Hydraulics", ("HYD",)),
    SupplierWords("Aldous Finchley Valves", ("VLV",)),
    SupplierWords("Noorvike Steel Service", ("WLD",)),
    SupplierWords("Brightloom Safety Wear", ("SAF",)),
    SupplierWords("Tessaby Drives", ("MOT", "GBX")),
    SupplierWords("Kirkmantle Gears", ("GBX", "MOT"), "GBP"),
    SupplierWords("Lakemont Motion", ("MOT", "SEN"), "USD"),
    SupplierWords("Haldrum Crane and Rigging", ("SRV",)),
    SupplierWords("Orsolva Rewinding", ("SRV",)),
    SupplierWords("Penhallick Inspection", ("SRV",)),
    SupplierWords("Saltmarch Industrial Cleaning", ("SRV",)),
    SupplierWords("Umbrio Trade Parts", ("BRG", "SEA", "BLT")),
    SupplierWords("Wexcombe Tools", ("FAS", "WLD", "SAF")),
    SupplierWords("Glimmen Instruments", ("SEN", "VLV")),
    SupplierWords("Rookhay Pumps", ("GBX", "SEA")),
    SupplierWords("Torvane Fluid Power", ("HYD", "PNE")),
    SupplierWords("Eskmoor Oil", ("LUB", "FLT")),
    SupplierWords("Dunmallet Industrial", ("BLT", "FLT", "PNE")),
    SupplierWords("Cardenal Process Parts", ("VLV", "SEA")),
    SupplierWords("Yarrowby Workwear", ("SAF",)),
    SupplierWords("Blackpool Lane Machining", ("WLD", "BRG")),
)
STREETS = ("Harbour Road", "Mill Street", "Station Way", "Old Quarry", "Canal Side", "Foundry Lane")
FREE_TEXT_PARTS = (
    ("Bracket cut to sketch, 8 mm plate", 85), ("Spacer ring turned to sample", 46),
    ("Guard panel, punched, painted yellow", 160), ("Shaft sleeve ground to drawing", 210),
    ("Cover plate with window", 120), ("Special key, 14 by 9", 18), ("Nozzle like the old one", 95),
)  # fmt: skip
REJECTIONS = ("Damaged in transport", "Wrong size", "Scratched seat", "Wrong thread", "Rusty")
