"""Who may do what: each role and the permissions it carries, as app_label.codename.

The one place where permissions of all apps are named together, one block per app. `manage.py sync_roles` makes
groups of it; running it again changes nothing. The administrator is a superuser and needs no list.
"""

NAMES = (
    "technician", "planner", "storekeeper", "buyer", "approver", "receiver", "finance", "auditor", "admin",
)  # fmt: skip
Block = dict[str, tuple[str, ...]]


def _view(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}.view_{model}" for model in models)


def _edit(app: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app}.{verb}_{model}" for model in models for verb in ("add", "change"))


# ---- core: master data that everybody reads, and who sees amounts of money

MASTER_DATA = _view(
    "core", "site", "item", "itemcategory", "itemrevision", "unit", "costcentre", "program", "user"
)
COSTS = ("core.view_costs",)

CORE: Block = {
    "technician": MASTER_DATA,
    "planner": (*MASTER_DATA, *COSTS, *_edit("core", "item", "itemrevision", "program")),
    "storekeeper": (*MASTER_DATA, *COSTS, *_edit("core", "item")),
    "buyer": (*MASTER_DATA, *COSTS, "core.view_exchangerate", *_edit("core", "item")),
    "approver": (*MASTER_DATA, *COSTS),
    "receiver": MASTER_DATA,
    "finance": (*MASTER_DATA, *COSTS, "core.view_exchangerate", *_edit("core", "exchangerate")),
    "auditor": (
        *MASTER_DATA,
        *COSTS,
        "core.view_exchangerate",
        "core.view_apitoken",
        "core.view_outboxmessage",
    ),
}

# ---- cmms: the work half

WORK = _view(
    "cmms", "location", "asset", "assetclass", "sparepart", "workrequest", "workorder", "operation", "laborentry",
    "craft", "qualification", "personqualification", "operationqualification", "operationpredecessor",
    "inspectiontemplate", "inspectiontemplatepoint", "inspectionpoint", "reading", "signature", "nonconformance",
    "partsrequest", "partsrequestline", "storeroom", "bin", "stockitem", "lot", "serial",
    "stocklevel", "fitting",
    "downtimeevent", "failurecode", "classfailurecode", "failurerecord",
    "assetdocument", "assetmove", "workorderdocument",
)  # fmt: skip
LEDGERS = _view(
    "cmms", "costentry", "stockmovement", "estimateline", "holdinterval", "reservation", "craftrate", "technician",
    "downtimerule", "stopfeed", "weekschedule", "scheduledwork", "stockplacement",
    "stocktransfer", "stocktransferline", "stockcount", "stockcountline",
)  # fmt: skip
# ---- recurring work: plans, what they make, and the meters they count by
RECURRING = _view(
    "cmms", "meter", "meterreading", "jobplan", "jobplanrevision", "jobplanstep", "jobplanpart", "maintenanceplan",
    "planpackage", "planstop", "plancycle", "cyclepackage", "sitecalendar", "siteclosure",
)  # fmt: skip
FIGURES = ("cmms.view_kpis",)
STOPS = ("cmms.record_downtime", "cmms.record_failure")
REPORT = ("cmms.report_fault",)
FINDINGS = ("cmms.raise_nonconformance", "cmms.sign_work")

CMMS: Block = {
    "technician": (
        *WORK,
        *REPORT,
        *FINDINGS,
        "cmms.execute_work_order",
        "cmms.log_labor",
        "cmms.request_parts",
        *RECURRING,
        *STOPS,
        "cmms.enter_reading",
        "cmms.fit_component",
    ),
    "planner": (
        *WORK,
        *RECURRING,
        *LEDGERS,
        *REPORT,
        *FIGURES,
        *STOPS,
        "cmms.correct_downtime",
        "cmms.lock_schedule",
        *_edit("cmms", "downtimerule", "failurecode", "classfailurecode"),
        "cmms.delete_classfailurecode",
        "cmms.review_work_request",
        "cmms.manage_request_links",
        "cmms.view_requestlink",
        "cmms.plan_work_order",
        "cmms.approve_work_order",
        "cmms.execute_work_order",
        "cmms.complete_work_order",
        "cmms.log_labor",
        "cmms.log_labor_for_others",
        "cmms.request_parts",
        "cmms.fit_component",
        "cmms.approve_count",
        "cmms.move_promise",
        "cmms.import_work_orders",
        *FINDINGS,
        "cmms.decide_nonconformance",
        "cmms.approve_concession",
        "cmms.manage_qualifications",
        "cmms.issue_permit",
        *_edit("cmms", "qualification", "inspectiontemplate", "inspectiontemplatepoint"),
        "cmms.delete_inspectiontemplatepoint",
        "cmms.enter_reading",
        "cmms.write_job_plan",
        "cmms.manage_plans",
        "cmms.run_plans",
        *_edit("cmms", "meter", "sitecalendar", "siteclosure"),
        "cmms.delete_siteclosure",
        *_edit("cmms", "location", "asset", "assetclass", "sparepart", "craft", "technician"),
        "cmms.delete_sparepart",
    ),
    "storekeeper": (
        *WORK,
        *RECURRING,
        *LEDGERS,
        *REPORT,
        "cmms.issue_stock",
        "cmms.receive_stock",
        "cmms.adjust_stock",
        "cmms.reorder_stock",
        "cmms.move_promise",
        "cmms.request_parts",
        *_edit("cmms", "bin", "stockitem", "sparepart"),
        "cmms.change_lot",
    ),
    "buyer": (*WORK, *RECURRING, *LEDGERS, *REPORT),
    "approver": (
        *WORK,
        *RECURRING,
        *LEDGERS,
        *REPORT,
        *FIGURES,
        "cmms.approve_work_order",
        "cmms.approve_concession",
        "cmms.approve_job_plan",
    ),
    "receiver": (*WORK, *REPORT, "cmms.receive_stock"),
    "finance": (
        *WORK,
        *RECURRING,
        *LEDGERS,
        *REPORT,
        *FIGURES,
        "cmms.reconcile_costs",
        "cmms.approve_count",
        *_edit("cmms", "craftrate"),
    ),
    "auditor": (*WORK, *RECURRING, *LEDGERS, *FIGURES),
}

# ---- procurement: the spend half

BUYING_SEEN = _view(
    "procurement", "requisition", "requisitionline", "purchaseorder", "purchaseorderline", "goodsreceipt",
    "goodsreceiptline", "supplier",
)  # fmt: skip
PURCHASING = (
    *BUYING_SEEN,
    *_view(
        "procurement", "suppliercontact", "agreement", "agreementline", "categorypolicy", "approval",
        "approvallimit", "tolerancerule", "orderlinesource", "orderrevision", "invoice", "invoiceline",
        "invoicetax", "hold", "matchlink", "matchrun", "matchrunitem",
    ),
)  # fmt: skip
ASK = ("procurement.create_requisition",)

PROCUREMENT: Block = {
    "technician": (*BUYING_SEEN, *ASK),
    "planner": (*BUYING_SEEN, *ASK),
    "storekeeper": (*BUYING_SEEN, *ASK),
    "buyer": (
        *PURCHASING,
        *ASK,
        "procurement.create_purchase_order",
        "procurement.approve_purchase_order",
        "procurement.issue_purchase_order",
        *_edit("procurement", "supplier", "suppliercontact", "agreement", "agreementline", "categorypolicy"),
        "procurement.delete_suppliercontact",
        "procurement.delete_agreementline",
    ),
    "approver": (
        *PURCHASING,
        "procurement.approve_requisition",
        "procurement.approve_purchase_order",
        "procurement.approve_supplier",
        "procurement.release_hold",
    ),
    "receiver": (*BUYING_SEEN, "procurement.receive_goods", "procurement.return_goods"),
    "finance": (
        *PURCHASING,
        "procurement.enter_invoice",
        "procurement.match_invoice",
        "procurement.release_hold",
        "procurement.place_hold",
    ),
    "auditor": PURCHASING,
}

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
    name: tuple(
        dict.fromkeys(each for block in (CORE, CMMS, PROCUREMENT, LINKAGE) for each in block.get(name, ()))
    )
    for name in NAMES
}
