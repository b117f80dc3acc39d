/* Reading a code with the camera, where the browser can; elsewhere the box takes what is typed or a hand scanner sends. */
(() => {
  "use strict";
  const CAN = "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
  const EVERY = 150; // milliseconds between two looks

  function made(tag, values = {}, ...inside) {
    const element = Object.assign(document.createElement(tag), values);
    element.append(...inside);
    return element;
  }
  function viewer() {
    const video = made("video", { className: "scan-view", muted: true, playsInline: true });
    const words = made("p", { className: "scan-words", textContent: "Hold the code in front of the camera." });
    words.setAttribute("role", "status");
    const close = made("button", { type: "button", className: "btn btn-outline-secondary", textContent: "Type it instead" });
    const dialog = made("dialog", { className: "ask scan" }, video, words, close);
    dialog.setAttribute("aria-label", "Scan a code");
    close.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
    return { dialog, video, words };
  }
  const REASONS = { NotAllowedError: "This page may not use the camera. Type the code.", NotFoundError: "There is no camera. Type the code." };

  async function scan(box) {
    const { dialog, video, words } = viewer();
    let stream, timer;
    dialog.addEventListener("close", () => {
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
      dialog.remove();
      box.focus();
    });
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      if (!dialog.open) { stream.getTracks().forEach((track) => track.stop()); return; }
      video.srcObject = stream;
      await video.play();
      const detector = new window.BarcodeDetector();
      const look = async () => {
        if (!dialog.open) return;
        const [code] = await detector.detect(video).catch(() => []);
        if (!code?.rawValue) { timer = setTimeout(look, EVERY); return; }
        navigator.vibrate?.(60);
        dialog.close();
        take(box, code.rawValue.trim());
      };
      await look();
    } catch (error) {
      words.textContent = REASONS[error.name] || "The camera does not work. Type the code.";
      words.className = "scan-words tone-bad";
      video.hidden = true;
    }
  }
  function take(box, code) {
    box.value = code;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
    if (box.dataset.scan === "go") box.form?.requestSubmit();
  }

  /* Boxes for codes get a button of their own, but only where the camera can be read. */
  for (const box of CAN ? document.querySelectorAll("input[data-scan]") : []) {
    if (document.querySelector(`[data-scans="${box.id}"]`)) continue;
    const button = made("button", { type: "button", className: "btn btn-outline-secondary scan-button", textContent: "Scan" });
    button.dataset.scans = box.id;
    const pair = made("div", { className: "scan-pair" });
    box.before(pair);
    pair.append(box, button);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-scans]");
    const box = button && document.getElementById(button.dataset.scans);
    if (!box) return;
    if (CAN) { scan(box); return; }
    const hint = document.getElementById(`${box.id}-hint`);
    if (hint) hint.hidden = false;
    box.focus();
  });
})();
