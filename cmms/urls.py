"""Addresses of the app's pages."""

from django.urls import URLPattern, URLResolver, path

from cmms.views import (
    approving,
    assets,
    confirming,
    execution,
    forecast,
    job_plans,
    job_sheet,
    lookup,
    meters,
    my_work,
    nonconformances,
    parts,
    permits,
    plans,
    qualifications,
    step_planning,
    steps,
    stock,
    storekeeping,
    together,
    work_order,
    work_orders,
)
from cmms.views import work_requests as faults
from cmms.views.bases import OnWorkOrder

app_name = "cmms"

WORK_ORDER_VERBS: dict[str, type[OnWorkOrder]] = {
    "edit": work_orders.EditWorkOrder,
    "add-step": work_orders.AddStep,
    "estimate": work_orders.SetEstimate,
    "assign": approving.Assign,
    "approve": approving.Approve,
    "release": approving.Release,
    "complete": approving.Complete,
    "close": approving.Close,
    "reopen": approving.Reopen,
    "cancel": approving.Cancel,
    "start": execution.Start,
    "hold": execution.Hold,
    "resume": execution.Resume,
    "finish": execution.Finish,
    "log-hours": execution.LogHours,
    "start-timer": execution.StartTimer,
    "need-permit": permits.NeedPermit,
    "need-no-permit": permits.NeedNoPermit,
    "permit": permits.RecordPermit,
    "withdraw-permit": permits.WithdrawPermit,
    "raise": nonconformances.Raise,
}
STEP_VERBS: dict[str, type[steps.OnStep]] = {
    "finish": steps.FinishStep,
    "start-timer": steps.StartStepTimer,
    "reopen": steps.ReopenStep,
    "sign": steps.Sign,
    "certificate": steps.Certificate,
    "edit": step_planning.EditStep,
    "template": step_planning.AddTemplate,
}
FINDING_VERBS: dict[str, type[nonconformances.OnFinding]] = {
    "rework": nonconformances.Rework,
    "ask-concession": nonconformances.AskConcession,
    "approve": nonconformances.ApproveConcession,
    "refuse": nonconformances.RefuseConcession,
    "dismiss": nonconformances.Dismiss,
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("mine/", my_work.MyWork.as_view(), name="my-work"),
    path("find/", lookup.Find.as_view(), name="find"),
    path("suggest/places/", lookup.SuggestPlaces.as_view(), name="suggest-places"),
    path("suggest/items/", lookup.SuggestItems.as_view(), name="suggest-items"),
    path("suggest/orders/", lookup.SuggestOrders.as_view(), name="suggest-orders"),
    path("report/", faults.Report.as_view(), name="report"),
    path("requests/", faults.WorkRequestList.as_view(), name="work-requests"),
    path("requests/<int:pk>/", faults.WorkRequestPage.as_view(), name="work-request"),
    path("requests/<int:pk>/accept/", faults.Accept.as_view(), name="work-request-accept"),
    path("requests/<int:pk>/join/", faults.Join.as_view(), name="work-request-join"),
    path("requests/<int:pk>/reject/", faults.Reject.as_view(), name="work-request-reject"),
    path("orders/", work_orders.WorkOrderList.as_view(), name="work-orders"),
    path("orders/approve/", together.ApproveTogether.as_view(), name="work-orders-approve"),
    path("orders/release/", together.ReleaseTogether.as_view(), name="work-orders-release"),
    path("orders/complete/", together.CompleteTogether.as_view(), name="work-orders-complete"),
    path("orders/close/", together.CloseTogether.as_view(), name="work-orders-close"),
    path("orders/confirm-hours/", confirming.ConfirmHours.as_view(), name="confirm-hours"),
    path("orders/new/", work_orders.NewWorkOrder.as_view(), name="work-order-new"),
    path("orders/<int:pk>/", work_order.WorkOrderPage.as_view(), name="work-order"),
    *(
        path(f"orders/<int:pk>/{name}/", view.as_view(), name=f"work-order-{name}")
        for name, view in WORK_ORDER_VERBS.items()
    ),
    path("orders/<int:pk>/job-sheet.pdf", job_sheet.JobSheet.as_view(), name="job-sheet"),
    path("steps/<int:pk>/", steps.StepPage.as_view(), name="step"),
    *(
        path(f"steps/<int:pk>/{name}/", view.as_view(), name=f"step-{name}")
        for name, view in STEP_VERBS.items()
    ),
    path("steps/<int:pk>/raise/", nonconformances.RaiseOnStep.as_view(), name="step-raise"),
    path("points/<int:pk>/reading/", steps.TakeReading.as_view(), name="point-reading"),
    path("readings/<int:pk>/", steps.OutOfLimits.as_view(), name="reading-out"),
    path("readings/<int:pk>/report/", nonconformances.ReportReading.as_view(), name="reading-report"),
    path(
        "readings/<int:pk>/concession/", nonconformances.ConcedeReading.as_view(), name="reading-concession"
    ),
    path("nonconformances/", nonconformances.NonconformanceList.as_view(), name="nonconformances"),
    path("nonconformances/<int:pk>/", nonconformances.NonconformancePage.as_view(), name="nonconformance"),
    *(
        path(f"nonconformances/<int:pk>/{name}/", view.as_view(), name=f"nonconformance-{name}")
        for name, view in FINDING_VERBS.items()
    ),
    path("qualifications/", qualifications.Matrix.as_view(), name="qualifications"),
    path("qualifications/held/", qualifications.HeldList.as_view(), name="qualifications-held"),
    path("qualifications/grant/", qualifications.Grant.as_view(), name="qualification-grant"),
    path(
        "qualifications/<int:pk>/withdraw/", qualifications.Withdraw.as_view(), name="qualification-withdraw"
    ),
    path("hours/<int:pk>/reverse/", execution.ReverseHours.as_view(), name="hours-reverse"),
    path("timer/stop/", execution.StopTimer.as_view(), name="timer-stop"),
    path("orders/<int:pk>/parts/", parts.AskPage.as_view(), name="ask-part"),
    path("orders/<int:pk>/parts/found/", parts.FindParts.as_view(), name="find-parts"),
    path("orders/<int:pk>/parts/in-words/", parts.AskInWords.as_view(), name="ask-in-words"),
    path("orders/<int:pk>/parts/service/", parts.AskService.as_view(), name="ask-service"),
    path("needs/<int:pk>/cancel/", parts.CancelNeed.as_view(), name="need-cancel"),
    path("parts-requests/<int:pk>/", parts.PartsRequestRedirect.as_view(), name="parts-request"),
    path("hand-over/", storekeeping.IssueQueue.as_view(), name="issue-queue"),
    path("needs/<int:pk>/hand-over/", storekeeping.IssueLine.as_view(), name="need-issue"),
    path("parts-requests/<int:pk>/hand-over/", storekeeping.IssueRequest.as_view(), name="request-issue"),
    path("stock/", stock.StockList.as_view(), name="stock"),
    path("stock/reorder/", stock.ReorderList.as_view(), name="reorder"),
    path("stock/movements/", stock.MovementList.as_view(), name="movements"),
    path("stock/opening/", storekeeping.OpeningBalance.as_view(), name="stock-opening"),
    path("stock/<int:pk>/", stock.StockPage.as_view(), name="stock-item"),
    path("stock/<int:pk>/count/", storekeeping.Count.as_view(), name="stock-count"),
    path("stock/<int:pk>/move/", storekeeping.Transfer.as_view(), name="stock-transfer"),
    path("stock/movements/<int:pk>/return/", storekeeping.TakeBack.as_view(), name="movement-return"),
    path("assets/", assets.AssetList.as_view(), name="assets"),
    path("assets/<int:pk>/", assets.AssetPage.as_view(), name="asset"),
    path("assets/<int:pk>/meters/", meters.AssetMeters.as_view(), name="asset-meters"),
    path("assets/<int:pk>/plans/", plans.AssetPlans.as_view(), name="asset-plans"),
    path("meters/", meters.MeterList.as_view(), name="meters"),
    path("meters/<int:pk>/", meters.MeterPage.as_view(), name="meter"),
    path("meters/<int:pk>/read/", meters.EnterReading.as_view(), name="meter-read"),
    path("plans/", plans.PlanList.as_view(), name="plans"),
    path("plans/new/", plans.NewPlan.as_view(), name="plan-new"),
    path("plans/run/", plans.RunScheduler.as_view(), name="plans-run"),
    path("plans/forecast/", forecast.Forecast.as_view(), name="forecast"),
    path("plans/<int:pk>/", plans.PlanPage.as_view(), name="plan"),
    path("plans/<int:pk>/edit/", plans.EditPlan.as_view(), name="plan-edit"),
    path("plans/<int:pk>/activate/", plans.ActivatePlan.as_view(), name="plan-activate"),
    path("plans/<int:pk>/suspend/", plans.SuspendPlan.as_view(), name="plan-suspend"),
    path("plans/<int:pk>/run/", plans.RunScheduler.as_view(), name="plan-run"),
    path("job-plans/", job_plans.JobPlanList.as_view(), name="job-plans"),
    path("job-plans/new/", job_plans.NewJobPlan.as_view(), name="job-plan-new"),
    path("job-plans/<int:pk>/", job_plans.JobPlanPage.as_view(), name="job-plan"),
    path("job-plans/<int:pk>/revise/", job_plans.ReviseJobPlan.as_view(), name="job-plan-revise"),
    path("revisions/<int:pk>/submit/", job_plans.SubmitRevision.as_view(), name="revision-submit"),
    path("revisions/<int:pk>/approve/", job_plans.ApproveRevision.as_view(), name="revision-approve"),
    path("revisions/<int:pk>/send-back/", job_plans.SendBackRevision.as_view(), name="revision-send-back"),
    path("locations/", assets.LocationList.as_view(), name="locations"),
    path("costs/", assets.CostList.as_view(), name="costs"),
]
