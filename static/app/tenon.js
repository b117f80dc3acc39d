/* What every page needs: safe sending, kept drafts, notices, shortcuts. No inline code, no eval. */
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const token = () => document.querySelector("meta[name=csrf-token]")?.content || "";

  /* ---- notices and the state line ---- */
  const stateLine = document.getElementById("state-line");
  let stateTimer;
  function say(text, tone = "", keep = false) {
    if (!stateLine) return;
    clearTimeout(stateTimer);
    stateLine.textContent = text;
    stateLine.dataset.tone = tone;
    stateLine.hidden = !text;
    if (!keep) stateTimer = setTimeout(() => { stateLine.hidden = true; connection(); }, 4000);
  }
  function connection() {
    if (!navigator.onLine) say("You are offline. What you type is kept on this device.", "wait", true);
  }
  function notice(text, tone = "info") {
    const box = document.createElement("div");
    box.className = `notice notice-${tone === "bad" ? "error" : tone}`;
    box.setAttribute("role", tone === "bad" ? "alert" : "status");
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.setAttribute("aria-label", "Dismiss");
    close.dataset.dismiss = "";
    box.append(words, close);
    document.getElementById("toasts")?.append(box);
    box.scrollIntoView({ block: "nearest" });
  }
  window.addEventListener("offline", connection);
  window.addEventListener("online", () => say("Connected again.", "good"));

  /* ---- drafts: what is typed survives a lost connection, with the key that makes sending it again harmless ---- */
  const NEVER = new Set(["csrfmiddlewaretoken"]);
  const draftKey = (form) => `tenon-draft:${document.body.dataset.user}:${form.dataset.draft}`;
  const keepable = (field) => field.name && !NEVER.has(field.name) && !["password", "file", "submit", "button"].includes(field.type);
  function store(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; } }
  function recall(name) { try { return JSON.parse(localStorage.getItem(name) || "null"); } catch { return null; } }
  function keep(form) {
    const values = $$("input, select, textarea", form).filter(keepable).map((field) =>
      [field.name, field.type === "checkbox" || field.type === "radio" ? [field.value, field.checked] : field.value]);
    return store(draftKey(form), { key: form.elements.idempotency_key?.value || "", at: Date.now(), values });
  }
  function restore(form) {
    const draft = recall(draftKey(form));
    if (!draft || form.hasAttribute("data-bound")) return;
    const seen = new Map();
    for (const [name, value] of draft.values) {
      const same = $$("input, select, textarea", form).filter((field) => field.name === name && keepable(field));
      const place = seen.get(name) || 0;
      seen.set(name, place + 1);
      const field = same[place];
      if (!field) continue;
      if (Array.isArray(value)) { if (field.value === value[0]) field.checked = value[1]; } else field.value = value;
    }
    const line = document.createElement("p");
    line.className = "draft-line";
    line.textContent = "Your draft from before was put back. ";
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn-link";
    drop.textContent = "Start empty";
    drop.addEventListener("click", () => { localStorage.removeItem(draftKey(form)); location.reload(); });
    line.append(drop);
    form.prepend(line);
  }
  function forget(key) {
    if (!key) return;
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("tenon-draft:") && recall(name)?.key === key) localStorage.removeItem(name);
    }
  }
  function forgetOld() {
    const oldest = Date.now() - 14 * 86400e3;
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("tenon-draft:") && (recall(name)?.at || 0) < oldest) localStorage.removeItem(name);
    }
  }
  let typing;
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => { if (keep(form) && !navigator.onLine) connection(); }, 300);
  });

  /* ---- sending: once, and not into the void ---- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.matches("[data-filters]")) return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    if (form.matches("[data-draft]")) keep(form);
    if (!navigator.onLine && form.method === "post") {
      event.preventDefault();
      say("You are offline. Nothing was sent; what you typed is kept.", "bad", true);
      return;
    }
    if (event.defaultPrevented || form.method !== "post") return;
    form.dataset.sending = "1";
    say("Sending …", "", true);
    setTimeout(() => $$("button[type=submit], button:not([type])", form).forEach((button) => { button.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    say("");
    $$("form[data-sending]").forEach(released);
  });
  function released(form) {
    delete form.dataset.sending;
    $$("button[disabled]", form).forEach((button) => { button.disabled = false; });
  }

  /* ---- htmx ---- */
  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) released(form);
    if (stateLine?.textContent === "Sending …") say("");
  });
  document.addEventListener("htmx:sendError", () => say("No connection. Nothing was sent; what you typed is kept.", "bad"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    notice(status >= 500 ? "Something went wrong on our side. Nothing was stored." : "This was refused.", "bad");
  });
  document.addEventListener("tenon:notice", (event) => notice(event.detail.message, event.detail.tone));
  document.addEventListener("tenon:done", (event) => {
    forget(event.detail.key);
    if (event.detail.message) notice(event.detail.message, "success");
  });

  /* ---- buttons ---- */
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    if (at("[data-dismiss]")) at(".notice")?.remove();
    if (at("[data-confirms]")) at("[data-confirms]").nextElementSibling?.showModal();
    if (at("[data-opens]")) openDialog(at("[data-opens]").dataset.opens);
    if (at("[data-close]")) at("dialog")?.close();
    if (at("[data-print]")) window.print();
    if (at("[data-add-line]")) addLine(at("[data-formset]"));
    if (at("[data-copy]")) navigator.clipboard?.writeText(at("[data-copy]").dataset.copy).then(() => say("Copied.", "good"));
  });
  function addLine(set) {
    const total = set.querySelector("input[name$=TOTAL_FORMS]");
    const blank = set.querySelector("template[data-blank]");
    if (!total || !blank) return;
    const line = blank.content.cloneNode(true);
    for (const each of $$("*", line)) {
      for (const { name, value } of [...each.attributes]) {
        if (value.includes("__prefix__")) each.setAttribute(name, value.replaceAll("__prefix__", total.value));
      }
    }
    total.value = Number(total.value) + 1;
    blank.before(line);
    blank.previousElementSibling?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-autosubmit]")) event.target.form?.requestSubmit();
  });

  /* ---- keyboard ---- */
  function openDialog(id) {
    if (id === "shortcuts") listShortcuts();
    document.getElementById(id)?.showModal?.();
  }
  function listShortcuts() {
    const list = document.querySelector("#shortcuts dl");
    if (!list) return;
    const rows = [["/", "Search"], ["?", "This list"], ...$$("[data-key]").map((each) => [each.dataset.key, each.textContent.trim()])];
    list.replaceChildren(...rows.flatMap(([key, words]) => {
      const term = document.createElement("dt");
      const mark = document.createElement("kbd");
      mark.textContent = key;
      term.append(mark);
      const text = document.createElement("dd");
      text.textContent = words;
      return [term, text];
    }));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog[open], [contenteditable]")) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (event.key === "?") {
      openDialog("shortcuts");
    } else {
      const wanted = $$("[data-key]").find((each) => each.dataset.key === event.key && each.offsetParent);
      if (wanted) { event.preventDefault(); wanted.click(); }
    }
  });

  /* ---- charts ---- */
  function charts() {
    if (!window.Chart) return;
    const style = getComputedStyle(document.documentElement);
    window.Chart.defaults.color = style.getPropertyValue("--quiet").trim();
    window.Chart.defaults.borderColor = style.getPropertyValue("--line").trim();
    window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const canvas of $$("canvas[data-chart]")) {
      const source = document.getElementById(canvas.dataset.chart);
      if (source) new window.Chart(canvas, JSON.parse(source.textContent));
    }
  }

  forgetOld();
  $$("[data-done-key]").forEach((each) => forget(each.dataset.doneKey));
  $$("form[data-draft]").forEach(restore);
  document.querySelector(".is-invalid")?.focus();
  connection();
  charts();
})();
