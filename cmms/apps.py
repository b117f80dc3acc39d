"""Wiring of the work half."""

from django.apps import AppConfig

from core.codes import Bearer, register_bearer
from core.navigation import Entry, register_entry
from core.panels import Panel, register_panel
from core.searching import register_text

ENTRIES = (
    Entry("My work", "cmms:my-work", "cmms.execute_work_order", "wrench-adjustable", 10, "Work", True, ("technician",)),
    Entry("Report a problem", "cmms:report", "cmms.report_fault", "exclamation-triangle", 11, "Work", True, (), "Report"),
    Entry("Find a code", "cmms:find", "cmms.view_workorder", "upc-scan", 12, "Work", True, (), "Find"),
    Entry(
        "Requests to review", "cmms:work-requests", "cmms.review_work_request", "inbox", 13, "Work", True, ("planner",),
        "Review",
    ),
    Entry("Work orders", "cmms:work-orders", "cmms.view_workorder", "clipboard-check", 14, "Work", True, (), "Orders"),
    Entry(
        "Nonconformances", "cmms:nonconformances", "cmms.view_nonconformance", "exclamation-diamond", 15, "Work"
    ),
    Entry("Qualifications", "cmms:qualifications", "cmms.view_personqualification", "person-badge", 19, "Work"),
    Entry("Assets", "cmms:assets", "cmms.view_asset", "diagram-3", 16, "Work", True),
    Entry("Locations", "cmms:locations", "cmms.view_location", "geo-alt", 17, "Work"),
    Entry("Labels", "cmms:labels", "cmms.view_asset", "qr-code", 17, "Work"),
    Entry("Maintenance plans", "cmms:plans", "cmms.view_maintenanceplan", "calendar2-check", 15, "Work", False, (), "Plans"),
    Entry("Job plans", "cmms:job-plans", "cmms.view_jobplan", "list-check", 15, "Work"),
    Entry("Forecast", "cmms:forecast", "cmms.view_maintenanceplan", "calendar3", 15, "Work"),
    Entry("Meters", "cmms:meters", "cmms.view_meter", "speedometer2", 17, "Work"),
    Entry("Downtime", "cmms:downtimes", "cmms.view_downtimeevent", "stop-circle", 17, "Work"),
    Entry("Failures", "cmms:failures", "cmms.view_failurerecord", "bug", 17, "Work"),
    Entry("Week schedules", "cmms:schedule", "cmms.lock_schedule", "calendar-week", 17, "Work"),
    Entry("Figures", "cmms:kpis", "cmms.view_kpis", "speedometer2", 18, "Work"),
    Entry("Cost per asset", "cmms:asset-costs", "cmms.view_costentry", "bar-chart", 18, "Work"),
    Entry("Stop feeds", "cmms:stop-feeds", "cmms.rotate_stop_feed_key", "broadcast", 19, "Work"),
    Entry("Cost entries", "cmms:costs", "cmms.view_costentry", "journal-text", 18, "Work"),
    Entry(
        "Parts to hand over", "cmms:issue-queue", "cmms.issue_stock", "box-arrow-up", 9, "Stock", True,
        ("storekeeper",), "Issue",
    ),
    Entry("Stock", "cmms:stock", "cmms.view_stockitem", "box-seam", 21, "Stock", True),
    Entry("To put away", "cmms:put-away", "cmms.issue_stock", "box-arrow-in-down", 22, "Stock", True, (), "Put away"),
    Entry("Counts", "cmms:counts", "cmms.view_stockcount", "123", 23, "Stock", True),
    Entry("Transfers", "cmms:transfers", "cmms.view_stocktransfer", "truck", 24, "Stock", False),
    Entry("Promised parts", "cmms:promises", "cmms.view_reservation", "bookmark-check", 25, "Stock", False),
    Entry("To reorder", "cmms:reorder", "cmms.issue_stock", "cart-plus", 26, "Stock", False),
    Entry("Stock movements", "cmms:movements", "cmms.view_stockmovement", "arrow-left-right", 27, "Stock", False),
    Entry("Lots", "cmms:lots", "cmms.view_stockmovement", "collection", 28, "Stock", False),
    Entry("Serial numbers", "cmms:serials", "cmms.view_serial", "upc", 29, "Stock", False),
    Entry("Stock value", "cmms:stock-value", "core.view_costs", "cash-stack", 30, "Stock", False),
    Entry("Slow movers", "cmms:slow-movers", "cmms.view_stockmovement", "hourglass-split", 31, "Stock", False),
    Entry("Stock-outs", "cmms:stock-outs", "cmms.view_stockmovement", "exclamation-diamond", 32, "Stock", False),
)  # fmt: skip
BEARERS = (
    Bearer("Asset", "cmms.Asset", "cmms.view_asset", "cmms:asset", code="code", words="name", order=10),
    Bearer("Work order", "cmms.WorkOrder", "cmms.view_workorder", "cmms:work-order", words="title", order=11),
    Bearer("Problem", "cmms.WorkRequest", "cmms.view_workrequest", "cmms:work-request", words="description", order=12),
    Bearer(
        "Parts request", "cmms.PartsRequest", "cmms.view_partsrequest", "cmms:parts-request",
        words="work_order__title", order=13,
    ),
    Bearer(
        "Part", "cmms.StockItem", "cmms.view_stockitem", "cmms:stock-item", "cmms:stock", code="item__code",
        words="item__name", also=("item__manufacturer_part_number",), order=14,
    ),
    Bearer(
        "Bin", "cmms.Bin", "cmms.view_bin", list_url_name="cmms:stock", code="code", words="storeroom__name", order=15
    ),
    Bearer("Serial number", "cmms.Serial", "cmms.view_serial", "cmms:serial", "cmms:serials", words="item__name", order=17),
    Bearer(
        "Lot", "cmms.Lot", "cmms.view_lot", "cmms:lot", "cmms:lots", words="item__name", also=("supplier_number",), order=18
    ),
    Bearer("Transfer", "cmms.StockTransfer", "cmms.view_stocktransfer", "cmms:transfer", words="reason", order=19),
    Bearer("Count", "cmms.StockCount", "cmms.view_stockcount", "cmms:count", words="scope", order=20),
    Bearer(
        "Location", "cmms.Location", "cmms.view_location", "cmms:location", "cmms:locations", code="code", words="name",
        order=16,
    ),
    Bearer("Maintenance plan", "cmms.MaintenancePlan", "cmms.view_maintenanceplan", "cmms:plan", words="title", order=17),
    Bearer("Job plan", "cmms.JobPlan", "cmms.view_jobplan", "cmms:job-plan", code="code", words="name", order=18),
)  # fmt: skip

PANELS = (
    Panel("cmms.asset", "Meters", "cmms:asset-meters", "cmms.view_meter", 1),
    Panel("cmms.asset", "Maintenance plans", "cmms:asset-plans", "cmms.view_maintenanceplan", 2),
    Panel("cmms.workorder", "Stops and failure", "cmms:order-stops", "cmms.view_downtimeevent", -5),
    Panel("cmms.asset", "Stops", "cmms:asset-stops", "cmms.view_downtimeevent", -5),
    Panel("cmms.asset", "Numbered parts in it", "cmms:asset-components", "cmms.view_fitting"),
    Panel("cmms.workorder", "Lots and serial numbers", "cmms:work-order-components", "cmms.view_fitting", 10),
)

# Columns with an index for words anywhere in them, as made by the migrations.
TEXTS: dict[str, tuple[str, ...]] = {
    "cmms.WorkOrder": ("number", "title"),
    "cmms.WorkRequest": ("number", "description"),
    "cmms.PartsRequest": ("number",),
    "cmms.Asset": ("code", "name", "serial_number", "manufacturer"),
    "cmms.StockItem": (),
    "cmms.StockMovement": ("document_number",),
    "cmms.CostEntry": ("document_number", "description", "source_key"),
}


class CmmsConfig(AppConfig):
    name = "cmms"
    verbose_name = "Maintenance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter our pages in the menu, our panels on them, what is found by its code, the texts with an index."""
        for entry in ENTRIES:
            register_entry(entry)
        for panel in PANELS:
            register_panel(panel)
        for bearer in BEARERS:
            register_bearer(bearer)
        for model, columns in TEXTS.items():
            register_text(model, *columns)
