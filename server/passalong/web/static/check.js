/* Checks a statement on this device with statement.js. Nothing is sent anywhere, every word stands in the page, and
   nothing of the file is ever more than text. */
(() => {
  "use strict";
  const by = (id) => document.getElementById(id);
  const form = by("check");
  const subtle = globalThis.crypto && crypto.subtle;

  const lang = document.documentElement.lang;
  const figures = `${lang}-u-nu-latn`;
  const number = (value, style) => new Intl.NumberFormat(figures, style).format(value);

  const points = (exact) => {
    const forms = JSON.parse(by("sums").dataset.points);
    const words = forms[new Intl.PluralRules(lang).select(Math.abs(exact))] || forms.other;
    return words.replace("{figure}", number(exact, { maximumFractionDigits: 6 }));
  };

  const money = (micros, unit) => {
    const sign = micros < 0n ? "-" : "";
    const digits = String(micros < 0n ? -micros : micros).padStart(7, "0");
    const exact = `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
    if (unit === "points") return points(exact);
    try {
      return number(exact, { style: "currency", currency: unit, currencyDisplay: "code", maximumFractionDigits: 6 });
    } catch {
      return `${exact.replace(/\.?0+$/, "")} ${unit}`;
    }
  };

  const show = (id, shown) => {
    by(id).hidden = !shown;
  };

  const showSums = (sums) => {
    const table = by("sums");
    const rows = sums.map((one) => {
      const row = document.createElement("tr");
      const pieces = one.account.split(":");
      const bucket = pieces[0] === "advocate" ? pieces[2] : pieces[0];
      const cells = [table.dataset[bucket] || one.account, money(BigInt(one.amount_micros), one.unit)];
      cells.forEach((text, column) => {
        const cell = row.insertCell();
        cell.textContent = text;
        if (column) cell.className = "n";
      });
      return row;
    });
    table.tBodies[0].replaceChildren(...rows);
    table.hidden = !rows.length;
  };

  const clear = () => ["good", "bad", "none", "none-hint", "checks", "sums", "cannot"].forEach((id) => show(id, false));

  /* What the statement says of itself: the size of its ledger, its lines, its time. */
  const describe = (made) => {
    by("size").textContent = number(made.head.size);
    by("lines").textContent = number(made.lines.length);
    const at = new Date(made.head.at_ms);
    by("at").textContent = isNaN(at)
      ? ""
      : new Intl.DateTimeFormat(figures, { dateStyle: "long", timeStyle: "short" }).format(at);
  };

  const check = async (text) => {
    clear();
    const found = await import(form.dataset.checks).catch(() => null);
    if (!found) {
      show("cannot", true);
      return;
    }
    const { CHECKS, shaped } = found;
    let made;
    try {
      made = shaped(text);
    } catch {
      show("none", true);
      show("none-hint", true);
      return;
    }
    describe(made);
    let good = true;
    for (const [name, holds] of Object.entries(CHECKS)) {
      let held = true;
      try {
        await holds(made, form.dataset);
      } catch (error) {
        if (error && error.name === "NotSupportedError") {
          show("cannot", true);
          return;
        }
        held = good = false;
      }
      const mark = document.querySelector(`[data-check=${name}] .st`);
      mark.className = `st ${held ? "st-ready" : "st-taken_back"}`;
      mark.textContent = by("checks").dataset[held ? "yes" : "no"];
    }
    show("checks", true);
    show(good ? "good" : "bad", true);
    if (good) showSums(made.sums);
  };

  show("without", false); // the stylesheet does it before, so that nothing moves; old ones do not know how
  if (!subtle) {
    show("check", false);
    show("cannot", true);
    return;
  }
  show("check", true);
  by("statement").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) await check(await file.text());
  });
})();
