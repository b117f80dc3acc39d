/* Photos are made smaller before they are sent: a technician's line is thin, and a buyer needs no 12 megapixels. */
(() => {
  "use strict";
  const LONGEST = 1600; // pixels of the longer side
  const SMALL_ENOUGH = 400 * 1024; // bytes
  const QUALITY = 0.8;
  const busy = new Map();

  const size = (bytes) => bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

  async function smaller(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size <= SMALL_ENOUGH) { picture.close(); return file; }
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // what is transparent would become black
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], `${file.name.replace(/\.[^.]*$/, "") || "photo"}.jpg`, { type: "image/jpeg", lastModified: file.lastModified });
  }

  function lineOf(input) {
    let line = input.parentElement.querySelector(".photo-line");
    if (!line) {
      line = document.createElement("div");
      line.className = "photo-line";
      line.setAttribute("role", "status");
      input.after(line);
    }
    URL.revokeObjectURL(line.querySelector("img")?.src || "");
    line.replaceChildren();
    return line;
  }
  function show(line, file, words) {
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(file);
    picture.alt = "The chosen photo";
    line.append(picture, words);
  }

  async function prepare(input) {
    const line = lineOf(input);
    const file = input.files[0];
    if (!file) return;
    line.textContent = "Making the photo smaller …";
    let sent = file;
    try {
      sent = await smaller(file);
    } catch {
      sent = null; // not a picture that this browser can draw: it is sent as it is, and the server judges it
    }
    line.replaceChildren();
    if (input.files[0] !== file) return;
    if (sent && sent !== file) {
      const box = new DataTransfer();
      box.items.add(sent);
      input.files = box.files;
    }
    if (sent) show(line, sent, sent === file ? size(file.size) : `${size(sent.size)}, made smaller from ${size(file.size)}`);
    else line.textContent = `${file.name}, ${size(file.size)}`;
  }

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("input[type=file][data-photo]")) return;
    const work = prepare(input).finally(() => { if (busy.get(input) === work) busy.delete(input); });
    busy.set(input, work);
  });
  /* Sent while a photo is still being made smaller: wait for it, then send. */
  document.addEventListener("submit", (event) => {
    const waiting = [...busy].filter(([input]) => input.form === event.target).map(([, work]) => work);
    if (!waiting.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    Promise.all(waiting).then(() => event.target.requestSubmit(event.submitter || undefined));
  }, true);
})();
