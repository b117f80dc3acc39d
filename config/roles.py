"""Who may do what: each role and the permissions it carries, as app_label.codename.

The one place where permissions of all apps are named together. `manage.py sync_roles` makes groups of it;
running it again changes nothing. The administrator is a superuser and needs no list.
"""

NAMES = (
    "technician", "planner", "storekeeper", "buyer", "approver", "receiver", "finance", "auditor", "admin",
)  # fmt: skip
Block = dict[str, tuple[str, ...]]

# ---- linkage: the bridge: who sees what is bought for what, and who may move it

SEES_LINKS = ("linkage.view_supplylink", "linkage.view_allocation")
LINKAGE: Block = {
    "technician": SEES_LINKS,
    "planner": (*SEES_LINKS, "linkage.view_spendentry", "linkage.change_allocations"),
    "storekeeper": SEES_LINKS,
    "buyer": (
        *SEES_LINKS,
        "linkage.view_spendentry",
        "linkage.view_buyertask",
        "linkage.change_buyertask",
        "linkage.change_allocations",
    ),
    "approver": (*SEES_LINKS, "linkage.view_spendentry"),
    "receiver": SEES_LINKS,
    "finance": (
        *SEES_LINKS,
        "linkage.view_spendentry",
        "linkage.change_allocations",
        "cmms.reconcile_costs",
    ),
    "auditor": (*SEES_LINKS, "linkage.view_spendentry", "linkage.view_buyertask", "cmms.reconcile_costs"),
}

ROLES: Block = {
    name: tuple(dict.fromkeys(each for block in (LINKAGE,) for each in block.get(name, ()))) for name in NAMES
}
