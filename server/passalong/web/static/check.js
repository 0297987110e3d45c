/* Checks a statement on this device (docs/ledger.md): signature, proofs, times, sums. Nothing is sent anywhere, every
   word stands in the page, and nothing of the file is ever more than text. */
(() => {
  "use strict";
  const COLUMNS = "format site tx line account unit amount_micros when what";
  const by = (id) => document.getElementById(id);
  const form = by("check");
  const subtle = globalThis.crypto && crypto.subtle;
  const utf8 = (text) => new TextEncoder().encode(text);

  class Wrong extends Error {}
  const must = (good) => {
    if (!good) throw new Wrong();
  };

  const unhex = (text) => {
    must(typeof text === "string" && /^([0-9a-f]{2})+$/.test(text));
    return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  };
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const same = (one, other) => hex(one) === hex(other);

  const sha256 = async (...parts) => {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return new Uint8Array(await subtle.digest("SHA-256", all));
  };
  const leafHash = (fields) => sha256(Uint8Array.of(0), utf8(JSON.stringify(fields)));
  const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

  /* RFC 9162, 2.1.3.2; sizes may be more than 32 bits, so no shifts. */
  const rootOf = async (leaf, index, size, proof) => {
    let at = index;
    let last = size - 1;
    let found = leaf;
    const up = () => {
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    };
    for (const piece of proof) {
      must(last > 0);
      if (at % 2 || at === last) {
        found = await nodeHash(unhex(piece), found);
        while (at && at % 2 === 0) up();
      } else {
        found = await nodeHash(found, unhex(piece));
      }
      up();
    }
    must(last === 0);
    return found;
  };

  const isCount = (number) => Number.isSafeInteger(number) && number >= 0;
  const isAmount = (text) => typeof text === "string" && /^-?[0-9]{1,29}$/.test(text);

  const shaped = (text) => {
    const made = JSON.parse(text);
    must(made.format === "passalong-statement-1" && made.columns.join(" ") === COLUMNS);
    must(isCount(made.head.size) && isCount(made.head.at_ms) && Array.isArray(made.lines) && Array.isArray(made.sums));
    for (const line of made.lines) {
      must(isCount(line.index) && line.fields.length === 9 && line.fields.every((one) => typeof one === "string"));
      must(Array.isArray(line.proof) && line.proof.length < 64 && isAmount(line.fields[6]));
    }
    must(made.sums.every((one) => isAmount(one.amount_micros)));
    return made;
  };

  const CHECKS = {
    site: async ({ head, public_key: key }) => {
      must(head.site === form.dataset.site && form.dataset.keys.split(" ").includes(key));
      must(hex(await sha256(unhex(key))) === head.key);
    },
    signature: async ({ head, public_key: key }) => {
      const text = `passalong-head-1\n${head.site}\n${head.size}\n${head.root}\n${head.at_ms}\n`;
      const imported = await subtle.importKey("raw", unhex(key), { name: "Ed25519" }, false, ["verify"]);
      must(await subtle.verify({ name: "Ed25519" }, imported, unhex(head.signature), utf8(text)));
    },
    lines: async ({ head, lines }) => {
      const root = unhex(head.root);
      let after = -1;
      for (const { index, fields, proof } of lines) {
        must(index > after && index < head.size && fields[0] === "passalong-line-1" && fields[1] === head.site);
        must(same(await rootOf(await leafHash(fields), index, head.size, proof), root));
        after = index;
      }
    },
    times: async ({ lines }) => {
      for (const { fields, when } of lines.filter((line) => line.when)) {
        must(hex(await sha256(utf8(JSON.stringify(["when", String(when.at_ms), String(when.salt)])))) === fields[7]);
      }
    },
    sums: async ({ lines, sums }) => {
      const added = new Map();
      for (const { fields } of lines) {
        const key = JSON.stringify([fields[4], fields[5]]);
        added.set(key, (added.get(key) || 0n) + BigInt(fields[6]));
      }
      const told = new Map(sums.map((one) => [JSON.stringify([one.account, one.unit]), BigInt(one.amount_micros)]));
      must(told.size === sums.length && told.size === added.size);
      for (const [key, amount] of added) must(told.get(key) === amount);
    },
  };

  const lang = document.documentElement.lang;
  const figures = `${lang}-u-nu-latn`;
  const number = (value, style) => new Intl.NumberFormat(figures, style).format(value);

  const points = (exact) => {
    const said = JSON.parse(by("sums").dataset.points);
    const form = said[new Intl.PluralRules(lang).select(Math.abs(exact))] || said.other;
    return form.replace("{figure}", number(exact, { maximumFractionDigits: 6 }));
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
      cells.forEach((text, number) => {
        const cell = row.insertCell();
        cell.textContent = text;
        if (number) cell.className = "n";
      });
      return row;
    });
    table.tBodies[0].replaceChildren(...rows);
    table.hidden = !rows.length;
  };

  const clear = () => ["good", "bad", "none", "none-hint", "checks", "sums", "cannot"].forEach((id) => show(id, false));

  const check = async (text) => {
    clear();
    let made;
    try {
      made = shaped(text);
    } catch {
      show("none", true);
      show("none-hint", true);
      return;
    }
    by("size").textContent = number(made.head.size);
    by("lines").textContent = number(made.lines.length);
    const at = new Date(made.head.at_ms);
    by("at").textContent = isNaN(at)
      ? ""
      : new Intl.DateTimeFormat(figures, { dateStyle: "long", timeStyle: "short" }).format(at);
    let good = true;
    for (const [name, holds] of Object.entries(CHECKS)) {
      let held = true;
      try {
        await holds(made);
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
