"""The people of the demo: a user per role, whose name is the role, and some colleagues."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonWords:
    """A login, its role, who it is, at which of the sites (by position) and, for technicians, the craft."""

    username: str
    role: str
    first: str
    last: str
    title: str
    site: int = 0
    craft: str = ""


PEOPLE: tuple[PersonWords, ...] = (
    PersonWords("technician", "technician", "Mara", "Lindholt", "Mechanic", 0, "MEC"),
    PersonWords("planner", "planner", "Tobias", "Renner", "Maintenance planner"),
    PersonWords("storekeeper", "storekeeper", "Ilse", "Vaughn", "Storekeeper"),
    PersonWords("buyer", "buyer", "Noel", "Castane", "Buyer"),
    PersonWords("approver", "approver", "Greta", "Solveig", "Plant manager"),
    PersonWords("receiver", "receiver", "Piet", "Damsker", "Goods receiving"),
    PersonWords("finance", "finance", "Amara", "Okell", "Accounts payable"),
    PersonWords("auditor", "auditor", "Yves", "Marchant", "Internal audit"),
    PersonWords("admin", "admin", "Root", "Keeper", "Administrator"),
    PersonWords("clerk", "finance", "Jonas", "Wick", "Invoice entry"),
    PersonWords("director", "approver", "Helene", "Ostrava", "Operations director"),
    PersonWords("dana", "technician", "Dana", "Pruitt", "Electrician", 0, "ELE"),
    PersonWords("oskar", "technician", "Oskar", "Brandl", "Mechanic", 0, "MEC"),
    PersonWords("signe", "technician", "Signe", "Holmer", "Mechanic", 1, "MEC"),
    PersonWords("lars", "technician", "Lars", "Egebo", "Electrician", 1, "ELE"),
    PersonWords("anders", "technician", "Anders", "Tofte", "Mechanic", 1, "MEC"),
    PersonWords("june", "technician", "June", "Carver", "Mechanic", 2, "MEC"),
    PersonWords("ravi", "technician", "Ravi", "Menden", "Electrician", 2, "ELE"),
    PersonWords("luc", "technician", "Luc", "Perrin", "Hydraulic fitter", 2, "HYD"),
)
CRAFTS: tuple[tuple[str, str, int], ...] = (
    ("MEC", "Mechanic", 46), ("ELE", "Electrician", 51), ("HYD", "Hydraulic fitter", 54), ("WLD", "Welder", 49),
)  # fmt: skip
