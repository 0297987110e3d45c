// A shop that reports orders with @passalong/client while its server is killed, and says what came of it (test_typescript_client.py).
import { Client, ProblemError, UnreachableError, type ConversionReceipt } from "@passalong/client";

const [url = "", key = "", count = "0"] = process.argv.slice(2);
const passalong = new Client({ url, key });

async function report(number: number): Promise<string> {
  const id = `t${String(number).padStart(3, "0")}`;
  const { status } = await passalong.reportConversion({ id, goal: "purchase", amount_minor: 100, currency: "EUR" });
  console.log(id);
  return status;
}

async function reportAll(half: number): Promise<void> {
  for (let number = 0; number < half; number += 1) await report(number);
  console.log("all at once");
  await Promise.all(Array.from({ length: half }, (_, number) => report(half + number)));
}

async function read(): Promise<object> {
  const again = await passalong.reportConversion({ id: "t000", goal: "purchase", amount_minor: 100, currency: "EUR" });
  const refund = await passalong.reportRefund("t000", { id: "r/1", full: true });
  const missing = await passalong.readConversion("never/reported").catch((error: unknown) => error);
  const listed: string[] = [];
  for await (const conversion of passalong.each("list_conversions", { limit: 7 })) listed.push(conversion.id);
  return {
    again: again.status,
    refund: refund.status,
    problem: missing instanceof ProblemError && [missing.status, missing.code],
    listed: listed.length,
    different: new Set(listed).size,
    currency: (await passalong.call("read_site")).currency,
  };
}

// What is wrong must not compile.
export async function mistakes(receipt: ConversionReceipt): Promise<void> {
  // @ts-expect-error an order needs a goal
  await passalong.reportConversion({ id: "o" });
  // @ts-expect-error there is no such operation
  await passalong.call("read_minds");
  // @ts-expect-error the id of the path is missing
  await passalong.call("read_conversion");
  // @ts-expect-error a parameter that the list does not have
  for await (const credit of passalong.each("list_credits", { colour: "red" })) void credit;
  // @ts-expect-error an amount is a number
  const words: string = receipt.gross_micros;
  // @ts-expect-error a site is no list
  for await (const site of passalong.each("read_site")) void site;
  void [words, UnreachableError];
}

if (count === "read") console.log(JSON.stringify(await read()));
else await reportAll(Number(count) / 2);
