"""Who may do what: each role and the permissions it carries, as app_label.codename.

The one place where permissions of all apps are named together. `manage.py sync_roles` makes groups of it;
running it again changes nothing. The administrator is a superuser and needs no list.
"""

ROLES: dict[str, tuple[str, ...]] = {
    "technician": (),
    "planner": (),
    "storekeeper": (),
    "buyer": (),
    "approver": (),
    "receiver": (),
    "finance": (),
    "auditor": (),
    "admin": (),
}
