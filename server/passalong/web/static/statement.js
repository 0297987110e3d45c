/* The checks of a statement (docs/ledger.md): signature, proofs, times, sums. Nothing is sent anywhere. The page loads
   this once there is a statement to check. */
const SIGNED = "passalong-statement-2";
const UNSIGNED = "passalong-statement-1"; // of 0.2.0: it can hold lines of one advocate only
const COLUMNS = "format site tx line account unit amount_micros when what";
const subtle = crypto.subtle;
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
const isId = (text) => typeof text === "string" && /^[a-z2-7]{1,64}$/.test(text);
const isAmount = (text) => typeof text === "string" && /^-?[0-9]{1,29}$/.test(text);

export const shaped = (text) => {
  const made = JSON.parse(text);
  must((made.format === SIGNED || made.format === UNSIGNED) && made.columns.join(" ") === COLUMNS);
  must(made.format === SIGNED ? made.advocates.every(isId) : !("signature" in made || "advocates" in made));
  must(isCount(made.made_at_ms) && isCount(made.unsealed) && isId(made.advocate));
  must(isCount(made.head.size) && isCount(made.head.at_ms) && Array.isArray(made.lines) && Array.isArray(made.sums));
  for (const line of made.lines) {
    must(isCount(line.index) && line.fields.length === 9 && line.fields.every((one) => typeof one === "string"));
    must(Array.isArray(line.proof) && line.proof.length < 64 && isAmount(line.fields[6]));
  }
  must(made.sums.every((one) => isAmount(one.amount_micros)));
  return made;
};

const isSigned = async (key, signature, text) => {
  const imported = await subtle.importKey("raw", unhex(key), { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, imported, unhex(signature), utf8(text));
};

/* The advocate id of an account: `advocate:ID:bucket` or `clawback:ID`. */
const ownerOf = (account) => (/^(?:advocate:(.*):[^:]*|clawback:(.*))$/.exec(account) || []).slice(1).find(Boolean);

/* What a statement's own signature is over: its header, and which lines it has. */
const headerText = async ({ head, lines, ...made }) => {
  const named = lines.flatMap(({ index, line_id: id }) => [String(index), id || ""]);
  const digest = hex(await sha256(utf8(JSON.stringify(named))));
  const header = [SIGNED, head.site, made.site_name, made.advocate, made.advocates.join(" "), String(made.made_at_ms)];
  header.push(String(head.size), head.root, String(lines.length), digest, String(made.unsealed));
  return JSON.stringify(header);
};

/* Each check is asked with the statement and what this page knows: its site, and the keys of this server. */
export const CHECKS = {
  site: async ({ head, public_key: key }, { site, keys }) => {
    must(head.site === site && keys.split(" ").includes(key));
    must(hex(await sha256(unhex(key))) === head.key);
  },
  signature: async ({ head, public_key: key }) => {
    const lines = `${head.site}\n${head.size}\n${head.root}\n${head.at_ms}\n`;
    const text = head.records ? `passalong-head-2\n${lines}${head.records}\n` : `passalong-head-1\n${lines}`;
    must(await isSigned(key, head.signature, text));
  },
  header: async (made) => {
    const ids = made.format === SIGNED ? made.advocates : [made.advocate];
    must(ids.includes(made.advocate) && made.lines.every(({ fields }) => ids.includes(ownerOf(fields[4]))));
    if (made.format === SIGNED) must(await isSigned(made.public_key, made.signature, await headerText(made)));
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
