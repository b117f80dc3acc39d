/* Files dropped on the marked area land in its file input. */
(() => {
  "use strict";
  const area = document.querySelector("[data-drop]");
  const input = area?.querySelector("input[type=file]");
  if (!input) return;
  for (const kind of ["dragover", "dragleave", "drop"]) {
    area.addEventListener(kind, (event) => { event.preventDefault(); area.classList.toggle("over", kind === "dragover"); });
  }
  area.addEventListener("drop", (event) => { input.files = event.dataTransfer.files; });
})();
