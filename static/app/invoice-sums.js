/* Adds up an invoice while it is typed and compares it with the printed total. The server decides. */
(() => {
  "use strict";
  const box = document.querySelector("[data-sums]");
  if (!box) return;
  const form = box.closest("form");
  // Whole numbers of 1/10000: sums of typed decimals stay exact.
  const SCALE = 4;
  function units(text, scale = SCALE) {
    const match = /^\s*(-?)(\d*)(?:[.](\d*))?\s*$/.exec(text || "");
    if (!match || (!match[2] && !match[3])) return null;
    const digits = (match[2] || "0") + (match[3] || "").slice(0, scale).padEnd(scale, "0");
    return (match[1] ? -1n : 1n) * BigInt(digits);
  }
  const half = (value, by) => { const sign = value < 0n ? -1n : 1n; return sign * ((value * sign + by / 2n) / by); };
  function cents(value) { return half(value, 100n) * 100n; }
  function text(value) {
    const rounded = half(value, 100n);
    const whole = (rounded < 0n ? -rounded : rounded).toString().padStart(3, "0");
    return (rounded < 0n ? "\u2212" : "") + whole.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + whole.slice(-2);
  }
  const field = (line, name) => line.querySelector(`[name$="-${name}"]`);
  function amountOf(line) {
    const typed = units(field(line, "net_amount")?.value);
    if (typed !== null) return typed;
    const quantity = units(field(line, "quantity")?.value), price = units(field(line, "unit_price")?.value, 6);
    return quantity === null || price === null ? null : cents(half(quantity * price, 1000000n));
  }
  function show(name, value) { box.querySelector(`[data-sum=${name}] output`).textContent = text(value); }
  function sum() {
    let net = 0n;
    const byRate = new Map();
    for (const line of form.querySelectorAll("[data-line]")) {
      const amount = amountOf(line);
      if (amount === null) continue;
      net += amount;
      const rate = units(field(line, "tax_percent")?.value) ?? 0n;
      byRate.set(rate, (byRate.get(rate) ?? 0n) + amount);
    }
    let tax = 0n;
    for (const [rate, amount] of byRate) tax += cents(half(amount * rate, 1000000n));
    show("net", net); show("tax", tax); show("gross", net + tax);
    const printed = units(form.querySelector("[name=gross_total]")?.value);
    const check = box.querySelector("[data-check]");
    check.className = printed === null ? "" : printed === net + tax ? "ok" : "off";
    check.querySelector("output").textContent = printed === null ? "—" : printed === net + tax ? "agrees" : `${printed > net + tax ? "+" : ""}${text(printed - net - tax)} apart`;
  }
  /* Amount follows quantity and price as long as it was not typed by hand. */
  form.addEventListener("input", (event) => {
    const line = event.target.closest("[data-line]");
    const amount = line && field(line, "net_amount");
    if (amount && event.target === amount) amount.dataset.typed = "1";
    if (amount && !amount.dataset.typed && /-(quantity|unit_price)$/.test(event.target.name)) amount.value = "";
    sum();
  });
  sum();
})();
