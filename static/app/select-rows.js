/* Rows that are ticked: all at once, a stretch with Shift, how many, and the buttons that need some. */
(() => {
  "use strict";
  const $$ = (selector, root) => [...root.querySelectorAll(selector)];
  let last = null;
  function tell(set) {
    const boxes = $$("[data-select]", set);
    const ticked = boxes.filter((box) => box.checked).length;
    const all = set.querySelector("[data-select-all]");
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    for (const count of $$("[data-selected-count]", set)) count.textContent = ticked ? `${ticked} selected` : "";
    for (const each of $$("[data-needs-selection]", set)) each.hidden = !ticked;
    set.classList.toggle("has-selection", ticked > 0);
    for (const box of boxes) box.closest("tr, [data-row]")?.classList.toggle("is-selected", box.checked);
  }
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("[data-select]");
    const set = box?.closest("[data-selects]");
    if (!set) return;
    const boxes = $$("[data-select]", set);
    if (event.shiftKey && last && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((one, two) => one - two);
      for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
      tell(set);
    }
    last = box;
  });
  document.addEventListener("change", (event) => {
    const set = event.target.closest?.("[data-selects]");
    if (!set) return;
    if (event.target.matches("[data-select-all]")) for (const box of $$("[data-select]", set)) box.checked = event.target.checked;
    if (event.target.matches("[data-select], [data-select-all]")) tell(set);
  });
  const tellAll = () => $$("[data-selects]", document).forEach(tell);
  // A page that comes back from the browser's memory was sent already: its key would be refused.
  window.addEventListener("pageshow", (event) => { if (event.persisted && document.getElementById("selection")) location.reload(); else tellAll(); });
  document.addEventListener("htmx:afterSettle", tellAll);
  tellAll();
})();
