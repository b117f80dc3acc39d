/* Minus and plus beside a quantity: whole steps, never below one. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-step]");
  const box = button?.parentElement.querySelector("input");
  if (!box) return;
  const now = Number(box.value.replace(",", "."));
  box.value = String(Math.max(1, (Number.isFinite(now) ? now : 0) + Number(button.dataset.step)));
});
