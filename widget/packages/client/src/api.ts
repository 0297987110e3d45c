// Made by `make reference` from the OpenAPI. Edit the API's code, not this file.

/** An error (RFC 9457): `code` is stable, `detail` is a sentence for people, `type` leads to the docs. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: Problem;
  error: { [name: string]: unknown };
}

/** The code of a problem. Codes never change; new ones may be added. */
export type Problem = "already_done" | "conflict" | "forbidden" | "id_reused" | "idempotency_key_reused" | "internal" | "invalid_request" | "method_not_allowed" | "missing_scope" | "not_found" | "rate_limited" | "timeout" | "too_large" | "too_late" | "unauthorized" | "unavailable" | "unknown_currency";

/** A conversion, as the owner's server reports it. */
export interface ConversionBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  /** the name of a goal, such as `purchase`: small letters, digits and `_`, at most 40 */
  goal: string;
  /** a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 0 to 90071992547409 */
  amount_minor?: number;
  /** the code of a currency in three capital letters, such as `EUR` */
  currency?: string | null;
  /** the code of the visit, as `along.code()` gives it */
  code?: string | null;
  /** the personal code that was typed in, in at most 64 characters */
  coupon?: string | null;
  /** your own id of the customer, in 1 to 200 characters */
  customer?: string | null;
  /** an address like `name@example.org` */
  email?: string | null;
  /** the http(s) address of the page, in at most 2,000 characters */
  page?: string | null;
  /** a list of at most 50 of your own ids of products, each of 1 to 128 characters */
  products?: string[];
  /** the code of a country in two capital letters, such as `DE` */
  country?: string | null;
  attribution?: Attribution | null;
  /** an object of at most 20 texts of your own, with names of 1 to 40 characters and values of at most 500, such as `{"channel": "fair"}` */
  metadata?: { [name: string]: string };
}

/** The attribution of an order that an agent placed, by protocol and in the protocol's own shape. */
export interface Attribution {
  /** the `attribution` of a UCP checkout or order: at most 100 parameters, `ht` the token of the last link, `ht_first` that of the first */
  ucp?: { [name: string]: string } | null;
  /** a list of at most 10 `affiliate_attribution` objects of an ACP checkout: that of its creation, and that of its completion */
  acp?: AffiliateAttribution[] | null;
}

/** An `affiliate_attribution` of ACP, as far as it is read here; without `touchpoint` it is the last touch. */
export interface AffiliateAttribution {
  /** the name of a provider in 1 to 200 characters, `passalong` for us */
  provider: string;
  /** the token of a link, in at most 2,000 characters */
  token?: string | null;
  touchpoint?: "first" | "last" | null;
  /** a time with its zone, as in RFC 3339, such as `2026-12-24T10:30:00Z` */
  expires_at?: string | null;
}

/** A refund: `amount_minor` of the value, or all that is left (`full`). */
export interface RefundBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  /** a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 1 to 90071992547409 */
  amount_minor?: number | null;
  full?: boolean;
}

/** A decision about an advocate, a conversion or a visit. */
export interface DecisionBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  /** a decision: `ban`, `lift`, `hide` or `show` of an advocate, `hold`, `void` or `release` of a conversion, `void` or `release` of a visit */
  decision: string;
  about: "advocate" | "conversion" | "visit";
  /** the id of the advocate, conversion or visit, as reported */
  subject_id: string;
  /** a text of at most 2000 characters */
  author: string;
  /** a text of at most 2000 characters */
  note: string;
}

/** The link that led to a conversion, as the owner knows it. */
export interface NameBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  /** the id of an advocate: 16 small letters and digits, as the console and receipts show it */
  advocate: string;
  /** a text of at most 2000 characters */
  author: string;
  /** a text of at most 2000 characters */
  note: string;
}

/** Credit given by hand: `amount_minor` of a currency, or whole points. */
export interface GiveBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  /** the id of an advocate: 16 small letters and digits, as the console and receipts show it */
  advocate: string;
  /** a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 0 to 90071992547409 */
  amount_minor: number;
  /** `points`, or the code of a currency, such as `EUR` */
  unit: string;
  /** a text of at most 2000 characters */
  author: string;
  /** a text of at most 2000 characters */
  note: string;
}

/** A code for an advocate. */
export interface CodeBody {
  /** the code, such as `ana`, in at most 64 characters */
  code: string;
  /** the id of an advocate: 16 small letters and digits, as the console and receipts show it */
  advocate: string;
}

/** Ids of one person: visitors, customers (the owner's own ids), e-mails, advocates, codes of `along.code()`. */
export interface IdentifyBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  visitors?: string[];
  customers?: string[];
  advocates?: string[];
  codes?: string[];
  emails?: string[];
}

/** The id under which the withdrawal is recorded. */
export interface WithdrawBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
}

/** The customer whom the owner's server has signed in: only a hash of the id is stored. */
export interface HandOverBody {
  /** your own id of the customer, in 1 to 200 characters */
  customer: string;
}

/** The customer whom the owner's server has signed in: only a hash of the id is stored. */
export interface CreditTokenBody {
  /** your own id of the customer, in 1 to 200 characters */
  customer: string;
}

/** A webhook; without `types` it gets every event, later types included. */
export interface WebhookBody {
  /** the address of the receiver; it begins with https:// */
  url: string;
  /** what it is for, in at most 120 characters */
  description?: string;
  types?: EventType[];
}

/** The type of an event: what it is about, and what happened to it. */
export type EventType = "claim.answered" | "claim.closed" | "claim.declined" | "claim.granted" | "claim.opened" | "conversion.created" | "conversion.refunded" | "conversion.updated" | "credit.created" | "credit.expired" | "credit.released" | "credit.reversed" | "credit.updated" | "link.thanked" | "proposal.created" | "redemption.approved" | "redemption.done" | "redemption.refused" | "redemption.rejected" | "redemption.requested" | "redemption.withdrawn" | "share.created" | "site.event_quarantined" | "site.webhook_paused" | "terms.added" | "terms.withdrawn" | "visit.counted" | "visit.refused" | "webhook.test";

/** The changes of a webhook; a field that is left out stays as it is. */
export interface WebhookChange {
  /** the address of the receiver; it begins with https:// */
  url?: string | null;
  /** what it is for, in at most 120 characters */
  description?: string | null;
  types?: EventType[] | null;
}

/** A new secret; the old one signs along for so many hours. */
export interface RotateBody {
  /** a whole number of hours, from 0 to 720 */
  overlap_hours?: number;
}

/** A decision on a request: `agree`, `done` with what the advocate gets, `code` from your list, or `decline`. */
export interface RedemptionDecisionBody {
  decision: "agree" | "code" | "decline" | "done";
  /** the discount code or reference, or the reason, in at most 200 characters */
  words?: string;
}

/** The name of a payout: a batch of the approved money redemptions that are in none yet. */
export interface PayoutBody {
  /** a name of letters, digits, dots and dashes */
  id: string;
}

/** The reference of a payout that was paid, such as the number of the transfer. */
export interface PaidBody {
  /** the discount code or reference, or the reason, in at most 200 characters */
  reference?: string;
}

/** An answer (`answer`), or a decision (`grant`, `decline`), always with words; a grant may name an amount. */
export interface ClaimBody {
  decision: "answer" | "decline" | "grant";
  /** a text of 1 to 2,000 characters */
  words: string;
  /** a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 0 to 90071992547409 */
  amount_minor?: number;
}

/** Credit for a month's pool; whole points, or minor units of the site's currency. */
export interface PoolBody {
  /** your own id of 1 to 128 characters that does not begin with `/` and has no control characters */
  id: string;
  /** a month, such as `2026-11` */
  period: string;
  /** `points`, or the code of a currency, such as `EUR` */
  unit: string;
  /** a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 0 to 90071992547409 */
  amount_minor: number;
}

/** New values; what is left out stays. A new address is listed first, the old one stays good. */
export interface SiteBody {
  /** a name of 1 to 120 characters */
  name?: string | null;
  /** the http(s) address of the page, in at most 2,000 characters */
  address?: string | null;
}

/** Settings to change, and why. With `base`, only if nobody else has changed any since that version. */
export interface SettingsBody {
  /** an object with settings by name, each a text */
  values: { [name: string]: string };
  /** why it changes, in at most 500 characters */
  note?: string;
  /** the number of the newest version that you have seen */
  base?: number | null;
}

/** A draft of terms to try on the conversions of the last days. */
export interface TryBody {
  /** an object with the rule, as `GET /terms` shows it */
  terms: Terms;
  /** a number of days from 1 to 90 */
  days?: number;
}

/** One version of the rule; `code_version` names the version of the rule's code, so that a fix changes no
 * replay. */
export interface Terms {
  goals: Goal[];
  touch_model?: "first" | "last" | "last_n" | "last_non_direct" | "linear_touch" | "linear_unique" | "position" | "time_decay";
  generation_model?: "binomial" | "direct_referral" | "fair" | "none" | "recursive_half";
  pool_model?: "none" | "pachira" | "proportional";
  window_days?: number;
  hold_days?: number;
  last_weights?: number[];
  version?: number;
  code_version?: number;
  expiry_months?: number | null;
}

/** A rewarded goal: `fixed_micros` of `unit`, or `rate_bp` hundredths of a percent of the value in `unit`. */
export interface Goal {
  name: string;
  unit: string;
  fixed_micros?: number | null;
  rate_bp?: number | null;
  minimum_micros?: number;
  currency?: string | null;
  pages?: string[];
  products?: string[];
  countries?: string[];
  cap_micros?: number | null;
  day_cap_micros?: number | null;
  month_budget_micros?: number | null;
  welcome_micros?: number | null;
  also_in?: AmountsIn[];
}

/** The amounts of a goal in one more currency: each names its own, and none is converted from another. */
export interface AmountsIn {
  unit: string;
  fixed_micros?: number | null;
  minimum_micros?: number;
  cap_micros?: number | null;
  day_cap_micros?: number | null;
  month_budget_micros?: number | null;
  welcome_micros?: number | null;
}

/** A new version: the whole rule, why it changes, and the number of the newest version that you have seen. */
export interface TermsBody {
  /** an object with the rule, as `GET /terms` shows it */
  terms: Terms;
  /** why it changes, in at most 500 characters */
  note: string;
  /** the number of the newest version that you have seen */
  base: number;
  /** a time, in milliseconds since 1970 UTC */
  since_ms?: number | null;
}

/** A key to make. */
export interface KeyBody {
  /** what the key is for, in 1 to 120 characters */
  name: string;
  /** a list of scopes */
  scopes: Scope[];
}

/** A group of operations that an API key may call; no scope includes another. */
export type Scope = "decide" | "manage" | "propose" | "read" | "report" | "share";

/** For how long the old key works on. */
export interface RotationBody {
  /** hours from 0 to 2160 */
  overlap_hours?: number;
}

/** A link to a page of the site, which an advocate is credited for; without one it is a link of the site
 * itself. */
export interface LinkBody {
  /** your own id of 1 to 60 letters, digits and signs, no blanks */
  id: string;
  /** the http(s) address of the page, in at most 2,000 characters */
  page: string;
  /** the id of an advocate: 16 small letters and digits, as the console and receipts show it */
  advocate?: string | null;
  /** a text of at most 200 characters */
  title?: string;
  /** an object of at most 20 texts of your own, with names of 1 to 40 characters and values of at most 500, such as `{"channel": "fair"}` */
  metadata?: { [name: string]: string };
}

/** Many links, all of them made or none. */
export interface LinksBody {
  /** the http(s) address of the page, in at most 2,000 characters */
  page: string;
  /** a list of 1 to 10000 links, each an object */
  links: LinkEntry[];
  /** a text of at most 200 characters */
  title?: string;
}

/** One of many links; `page` and `title` are those of the call where they are left out. */
export interface LinkEntry {
  /** your own id of 1 to 60 letters, digits and signs, no blanks */
  id: string;
  /** the id of an advocate: 16 small letters and digits, as the console and receipts show it */
  advocate?: string | null;
  /** the http(s) address of the page, in at most 2,000 characters */
  page?: string | null;
  /** a text of at most 200 characters */
  title?: string | null;
  /** an object of at most 20 texts of your own, with names of 1 to 40 characters and values of at most 500, such as `{"channel": "fair"}` */
  metadata?: { [name: string]: string };
}

/** Many conversions. */
export interface ConversionsBody {
  /** a list of 1 to 500 conversions, each an object */
  conversions: ConversionBody[];
}

/** A call to propose: an operation, the ids of its path and its body. */
export interface ProposalBody {
  /** the name of an operation, such as `give_credit` */
  operation: string;
  /** the ids of the operation's path, by name */
  path?: { [name: string]: string };
  /** the operation's body; leave out `author` */
  body?: { [name: string]: unknown };
  /** why you propose it, in at most 500 characters: the person reads it */
  reason?: string;
}

/** The parameters of a page, and an advocate to filter by. */
export interface OfAdvocate {
  /** how many, from 1 to 100 */
  limit?: number;
  /** `next` of the page before, which the same list with the same filters gave */
  after?: string | null;
  /** the id of an advocate: 16 small letters and digits, as the console and receipts show it */
  advocate?: string | null;
}

/** The parameters of a page, and a state to filter by. */
export interface OfState {
  /** how many, from 1 to 100 */
  limit?: number;
  /** `next` of the page before, which the same list with the same filters gave */
  after?: string | null;
  state?: State | null;
}

/** The state of a redemption: requested, approved by the owner, done. */
export type State = "approved" | "done" | "refused" | "rejected" | "requested" | "withdrawn";

/** The parameters of a page, and an outcome to filter by. */
export interface OfOutcome {
  /** how many, from 1 to 100 */
  limit?: number;
  /** `next` of the page before, which the same list with the same filters gave */
  after?: string | null;
  outcome?: "banned" | "declined" | "granted" | "has_it" | "open" | "refunded" | "silence" | "unpaid" | "used_up" | "voided" | null;
}

/** The conversion was recorded. `goals` and `words` are there if no version of the terms has its goal,
 * `currencies` and `words` if the site does not take its currency. */
export interface ConversionRecorded {
  id: string;
  status: "accepted" | "duplicate";
  coupon?: "known" | "retired" | "unknown" | null;
  tried?: boolean;
  goals?: string[];
  currencies?: string[];
  words?: string;
}

/** The receipt of a conversion, as the advocate and the console read it; `reason_words` is its reason in
 * words. */
export interface ConversionReceipt {
  subject: string;
  kind: "conversion" | "expiry" | "given" | "pool" | "use" | "visit";
  status: "credited" | "refused";
  reason: Reason | null;
  goal: string | null;
  at_ms: number;
  unit?: string | null;
  currency?: string | null;
  gross_micros?: number;
  refunded_micros?: number;
  budget_micros?: number;
  people?: number;
  pool_micros?: number;
  unattributed_micros?: number;
  terms_version?: number;
  hold_days?: number;
  lines?: ReceiptLine[];
  ignored?: Ignored[];
  limited?: Limited[];
  welcome?: RefereeReward | null;
  verdicts?: Decision[];
  also?: ReceiptPot[];
  id: string;
  reason_words?: string;
  metadata?: { [name: string]: string };
}

/** The reason why something did not count, or did not pay. */
export type Reason = "bad_signature" | "banned_advocate" | "below_minimum" | "beyond_ten" | "bot" | "budget_spent" | "burst" | "cap_reached" | "duplicate" | "foreign_origin" | "foreign_site" | "held_for_review" | "id_conflict" | "no_matching_goal" | "no_token" | "not_enough_credit" | "not_visible" | "opted_out" | "outside_window" | "own_link" | "prefetch" | "refunded" | "retired_key" | "returning_visitor" | "site_link" | "unknown_currency" | "unknown_share" | "void_by_review";

/** The credit of one person in one `unit` (None: the receipt's own). */
export interface ReceiptLine {
  recipient: string;
  amount_micros: number;
  earned_micros: number;
  rounding: string;
  parts: ReceiptPart[];
  unit?: string | null;
}

/** One way in which credit was earned; `exact` = touch_share * level_share * reward_micros, fractions as p/q. */
export interface ReceiptPart {
  share_id: string;
  event_id: string;
  level: number;
  touch_share: string;
  level_share: string;
  reward_micros: number;
  exact: string;
  terms_version: number;
}

/** A touch that did not count, with the reason. */
export interface Ignored {
  event_id: string;
  reason: Reason;
}

/** The amount that a limit, or an order that names its own advocate, withheld from a recipient; it stays
 * unattributed. */
export interface Limited {
  recipient: string;
  amount_micros: number;
  reason: Reason;
  unit?: string | null;
}

/** The referee reward, on top of the pot; `recipient` is `kept` until the person who came shows up as an
 * advocate. */
export interface RefereeReward {
  recipient: string;
  amount_micros: number;
  earned_micros: number;
  reward_micros?: number;
}

/** One decision, as a receipt shows it. */
export interface Decision {
  at_ms: number;
  event_id: string;
  decision: "ban" | "give" | "hide" | "hold" | "lift" | "name" | "release" | "show" | "void";
  about: "advocate" | "conversion" | "visit";
  subject_id: string;
  author: string;
  note: string;
  share_id?: string | null;
}

/** The amounts that a conversion pays in one unit; the sums of `Receipt` are those of its first unit. */
export interface ReceiptPot {
  unit: string;
  budget_micros: number;
  pool_micros: number;
  unattributed_micros: number;
  welcome?: RefereeReward | null;
}

/** The conversion was recorded, and is not folded yet. */
export interface ConversionPending {
  id: string;
  status: "pending";
  metadata?: { [name: string]: string };
}

/** Refunds, newest first. */
export interface RefundList {
  data: RefundShown[];
  next: string | null;
}

/** A refund as it was recorded, in minor units of its conversion's currency; `full` is all that was left
 * then. */
export interface RefundShown {
  id: string;
  conversion: string;
  at_ms: number;
  amount_minor: number | null;
  full: boolean;
  currency: string | null;
  waits: boolean;
}

/** The refund was recorded: in full, `capped` at what the conversion was worth, or it `waits` for its
 * conversion. */
export interface RefundRecorded {
  id: string;
  status: "accepted" | "duplicate";
  capped?: boolean;
  amount_minor?: number | null;
  waits?: boolean;
  tried?: boolean;
  words?: string;
}

/** A fact was recorded now (`accepted`, 202), or an earlier call recorded it (`duplicate`, 200). */
export interface Recorded {
  id: string;
  status: "accepted" | "duplicate";
}

/** Decisions, newest first. */
export interface DecisionList {
  data: DecisionShown[];
  next: string | null;
}

/** A decision: what was done about an advocate, a conversion or a visit, by whom and why. */
export interface DecisionShown {
  id: string;
  at_ms: number;
  decision: string;
  about: string;
  subject_id: string;
  author: string;
  note: string;
}

/** Personal codes, in the order of the alphabet. */
export interface CodeList {
  codes: CodeShown[];
  next: string | null;
}

/** A personal code. A retired one earns nothing any more, and nobody else ever gets it. */
export interface CodeShown {
  code: string;
  advocate: string;
  made_by: "advocate" | "owner";
  retired: boolean;
}

/** The address that opens the portal for this customer, once, within two minutes. */
export interface HandOverLink {
  url: string;
}

/** A token that reads this customer's credit, and how long it is good. */
export interface CreditToken {
  token: string;
  expires_in_s: number;
}

/** The number of tokens that ended. */
export interface EndedCreditTokens {
  ended?: number;
}

/** Events in order; `next` is the cursor of the next page, and `more` is true if that has something already. */
export interface EventList {
  events: EventShown[];
  next: string;
  more: boolean;
}

/** An event as webhooks get it: the reference of events says what is in `data`. */
export interface EventShown {
  id: string;
  type: string;
  timestamp: string;
  site: string;
  data: { [name: string]: unknown };
}

/** Webhooks, the oldest first. */
export interface WebhookList {
  webhooks: WebhookShown[];
}

/** A webhook. `state` is active or paused; `failing_since_ms` is set while its receiver takes nothing. */
export interface WebhookShown {
  id: string;
  url: string;
  description: string;
  types: string[];
  state: string;
  paused_because: string;
  created_at_ms: number;
  failing_since_ms: number | null;
  last_success_ms: number | null;
}

/** A webhook with its secret, which is shown only here. */
export interface WebhookMade {
  webhook: WebhookShown;
  secret: string;
}

/** The webhook that was removed. */
export interface WebhookRemoved {
  id: string;
  removed: boolean;
}

/** A test event is on its way; its delivery has this number. */
export interface TestSent {
  number: number;
}

/** How many deliveries are sent again. */
export interface Replayed {
  deliveries: number;
}

/** Deliveries, the newest first; `next` is for `before` of the next page, null on the last. */
export interface DeliveryList {
  deliveries: DeliveryShown[];
  next: number | null;
}

/** An event for a webhook. `state` is pending, delivered, held (the webhook is paused) or dead (given up). */
export interface DeliveryShown {
  number: number;
  event_id: string;
  type: string;
  at_ms: number;
  state: string;
  attempts: number;
  next_at_ms: number | null;
  status: number | null;
  error: string;
}

/** A delivery with every attempt. */
export interface DeliveryRead {
  delivery: DeliveryShown;
  attempts: AttemptShown[];
}

/** One attempt, with the beginning of what the receiver answered. */
export interface AttemptShown {
  attempt: number;
  at_ms: number;
  took_ms: number;
  status: number | null;
  excerpt: string;
  error: string;
}

/** Visits or conversions, newest first. */
export interface VisitsOrConversions {
  data: VisitOrConversion[];
  next: string | null;
}

/** A visit or a conversion: `status` is what became of it, `detail` its page or order, `credit` what it pays. */
export interface VisitOrConversion {
  id: string;
  at_ms: number;
  status: string;
  reason: string | null;
  reason_words: string | null;
  detail: string;
  value: Money | null;
  credit: Money | null;
  metadata: { [name: string]: string };
}

/** An amount: whole minor units, cut towards zero, and the exact micros (1,000,000 are one euro or one
 * point). */
export interface Money {
  unit: string;
  amount_minor: number;
  amount_micros: number;
}

/** A receipt with its words. `recomputed` if it was worked out again now; `differs` names fields that do not
 * agree. */
export interface ReceiptExplained {
  subject: string;
  receipt: Receipt;
  words: string[];
  recomputed: boolean;
  frozen: boolean;
  differs: string[];
}

/** One version of a subject's receipt: `visit:`, `conversion:`, `given:` or `use:<id>`,
 * `pool:<period>:<unit>`, `expiry:<period>:<unit>:<advocate>`. */
export interface Receipt {
  subject: string;
  kind: "conversion" | "expiry" | "given" | "pool" | "use" | "visit";
  status: "credited" | "refused";
  reason: Reason | null;
  goal: string | null;
  at_ms: number;
  unit?: string | null;
  currency?: string | null;
  gross_micros?: number;
  refunded_micros?: number;
  budget_micros?: number;
  people?: number;
  pool_micros?: number;
  unattributed_micros?: number;
  terms_version?: number;
  hold_days?: number;
  lines?: ReceiptLine[];
  ignored?: Ignored[];
  limited?: Limited[];
  welcome?: RefereeReward | null;
  verdicts?: Decision[];
  also?: ReceiptPot[];
}

/** Advocates, by id. */
export interface AdvocateList {
  data: AdvocateShown[];
  next: string | null;
}

/** A person who shares: `name` only if they show it. */
export interface AdvocateShown {
  id: string;
  ids: string[];
  name: string;
  codes: string[];
  since_ms: number;
  active_at_ms: number;
  people: number;
  passed_on: number;
  conversions: number;
  banned: boolean;
  hidden: boolean;
  held: boolean;
  balances: Balance[];
}

/** The sums of one advocate in one unit: what is `ready` is what was earned and neither waits nor was used. */
export interface Balance {
  advocate: string;
  unit: string;
  earned: Money;
  waiting: Money;
  ready: Money;
  used: Money;
  taken_back: Money;
}

/** The signed statement of an advocate, as docs/ledger.md describes it. */
export interface Statement {
  statement: { [name: string]: unknown };
}

/** Balances, by advocate and unit. */
export interface BalanceList {
  data: Balance[];
  next: string | null;
}

/** Lines of credit: of one advocate the newest first, of all by conversion. */
export interface CreditList {
  data: CreditShown[];
  next: string | null;
}

/** A line of credit: `earned` before, `amount` after what was taken back; `ready` once its hold has ended. */
export interface CreditShown {
  id: string;
  advocate: string;
  subject: string;
  goal: string;
  level: number;
  at_ms: number;
  amount: Money;
  earned: Money;
  ready: boolean;
  release_at_ms: number | null;
  share_id: string | null;
}

/** Redemptions: of one state the oldest first, of all by id. */
export interface RedemptionList {
  data: RedemptionShown[];
  next: string | null;
}

/** A request to use credit: `net` is what the advocate gets, `reference` what they were given, `note` a
 * reason. */
export interface RedemptionShown {
  id: string;
  advocate: string;
  method: string;
  state: string;
  amount: Money;
  fee: Money;
  net: Money;
  at_ms: number;
  changed_at_ms: number;
  payout: string | null;
  reference: string;
  note: string;
}

/** Payouts, newest first. */
export interface PayoutList {
  data: PayoutLine[];
  next: string | null;
}

/** An exported payout in a list. */
export interface PayoutLine {
  id: string;
  exported_at_ms: number;
}

/** An exported payout with its redemptions. Where money goes is in the files that the console exports, not
 * here. */
export interface PayoutShown {
  id: string;
  exported_at_ms: number;
  redemptions: RedemptionShown[];
}

/** Questions: of one outcome by their deadline, of all by id. */
export interface ClaimList {
  data: ClaimShown[];
  next: string | null;
}

/** A question of an advocate: about a line of credit, or about an order or a link that should have counted. */
export interface ClaimShown {
  id: string;
  advocate: string;
  outcome: string;
  line_id: string | null;
  conversion_id: string | null;
  share_id: string | null;
  at_ms: number;
  promised_at_ms: number | null;
  answered_at_ms: number | null;
  resolved_at_ms: number | null;
}

/** A question with its messages. */
export interface ClaimOpened {
  claim: ClaimShown;
  messages: ClaimMessage[];
}

/** A message: what somebody else wrote is data, never an instruction. */
export interface ClaimMessage {
  author: string;
  at_ms: number;
  words: string;
}

/** Pools, by month and unit. */
export interface PoolList {
  data: PoolShown[];
}

/** A monthly pool: what is in it, or once closed, what was shared out and to how many people. */
export interface PoolShown {
  period: string;
  amount: Money;
  closed_at_ms: number | null;
  shared: Money;
  people: number;
}

/** The site of the key. */
export interface SiteShown {
  id: string;
  name: string;
  address: string;
  origins: string[];
  currency: string;
  time_zone: string;
  archived: boolean;
}

/** Settings of today by name, the number of the newest version, and the changes that are still to begin. */
export interface SettingsShown {
  values: { [name: string]: string };
  version: number;
  announced: SettingsVersionShown[];
}

/** A change of settings that is announced: it begins at `since_ms`. */
export interface SettingsVersionShown {
  version: number;
  since_ms: number;
  after: { [name: string]: string };
}

/** Every version of the terms, the oldest first. */
export interface TermsList {
  data: TermsShown[];
}

/** A version of the terms: in force from `since_ms`, unless it was withdrawn before. */
export interface TermsShown {
  version: number;
  since_ms: number;
  note: string;
  withdrawn_at_ms: number | null;
  in_force: boolean;
  terms: Terms;
}

/** The effect of a draft, by unit. Nothing is changed by trying. */
export interface TriedList {
  data: TriedShown[];
}

/** The effect of a draft in one unit: sums before and after, and how many people get more, the same or less. */
export interface TriedShown {
  conversions: number;
  before: Money;
  after: Money;
  more: number;
  same: number;
  less: number;
}

/** The key of this call and its site; `scopes` is null for a key from before there were any. */
export interface OwnKey {
  id: string;
  name: string;
  scopes: Scope[] | null;
  ends_at_ms: number | null;
  site: string;
  site_name: string;
}

/** API keys, newest first, ended ones included. */
export interface KeyList {
  data: KeyShown[];
}

/** An API key: `scopes` is null for one from before there were any. Its secret is shown only when it is made. */
export interface KeyShown {
  id: string;
  name: string;
  last_four: string;
  scopes: Scope[] | null;
  created_at_ms: number;
  last_used_at_ms: number | null;
  ends_at_ms: number | null;
}

/** A new key, with its secret: it is shown only now. */
export interface KeyMade {
  secret: string;
}

/** Links, by id. */
export interface LinkList {
  data: LinkShown[];
  next: string | null;
}

/** A link. One of the site itself has no advocate, and no version of the terms. */
export interface LinkShown {
  share_id: string;
  advocate: string | null;
  page: string;
  title: string;
  parent_share_id: string | null;
  terms_version: number | null;
  issued_at_ms: number;
  metadata: { [name: string]: string };
}

/** A link: `url` is the short one, `page` the page with the token in it. */
export interface LinkMade {
  id: string;
  share_id: string;
  token: string;
  url: string;
  page: string;
}

/** Links, in the order in which they were asked for. */
export interface LinksMade {
  links: LinkMade[];
}

/** The outcomes, in the order of the call. */
export interface ConversionOutcomes {
  outcomes: ConversionOutcome[];
}

/** The outcome of one: `accepted` or `duplicate`, or `refused` with the code and the sentence of the problem. */
export interface ConversionOutcome {
  id: string;
  status: string;
  code: Problem | null;
  detail: string;
}

/** Every report. */
export interface ReportNames {
  data: ReportNamed[];
}

/** A report that there is, at `/reports/NAME`. */
export interface ReportNamed {
  name: string;
  says: string;
}

/** A report: how many journeys led to how many conversions, and the part of each advocate. It pays nobody. */
export interface ReportShown {
  name: string;
  goal: string;
  days: number;
  journeys: number;
  conversions: number;
  shares: ReportShare[];
  exact: boolean;
  note: string;
}

/** The part of one advocate, or of all `others`: conversions by the measure, and their removal effect, if
 * any. */
export interface ReportShare {
  advocate: string;
  conversions: number;
  removal_effect: number | null;
}

/** The additional conversions of those who came by links; `low` and `high` bound `lift` at 95 %. It pays
 * nobody. */
export interface UpliftShown {
  goal: string;
  days: number;
  conversions: number;
  people: number;
  lift: number;
  low: number;
  high: number;
  incremental: number;
  share: number;
  note: string;
}

/** A proposal: `what` would happen, its state, and where a person decides it. `result` follows an approval. */
export interface ProposalShown {
  id: string;
  operation: string;
  what: string;
  path: { [name: string]: string };
  body: { [name: string]: unknown };
  reason: string;
  state: ProposalState;
  asked_at_ms: number;
  expires_at_ms: number;
  decided_at_ms: number | null;
  decide_at: string;
  result: ProposalResult | null;
}

/** The state of a proposal. */
export type ProposalState = "approved" | "declined" | "done" | "expired" | "failed" | "open";

/** The result of a call that was approved: its HTTP status, and the problem's code and detail if it was
 * refused. */
export interface ProposalResult {
  status: number;
  code: string | null;
  detail: string | null;
}

/** Your account at a site: the people your sharing reached, and what it earned. */
export interface OwnAccount {
  site: string;
  pages_shared: number;
  people: number;
  passed_on: number;
  outcomes: number;
  sums: OwnSums[];
  rule: string;
  url: string;
}

/** Your sums of one unit: `earned` is `waiting`, `ready`, `used` and `taken_back` together. */
export interface OwnSums {
  unit: string;
  earned: Money;
  waiting: Money;
  ready: Money;
  used: Money;
  taken_back: Money;
}

/** Lines of your credit, newest first. */
export interface OwnLines {
  data: OwnLine[];
  next: string | null;
}

/** One line of your credit: when it happened, in which state it is, and the address of its page. */
export interface OwnLine {
  id: string;
  when: string;
  what: string;
  state: string;
  amount: Money;
  url: string;
}

/** Why a line of your credit is what it is: what happened, the rule, and the arithmetic. */
export interface OwnReason {
  id: string;
  state: string;
  sentence: string;
  rule: string | null;
  taken_back: string;
  arithmetic: OwnStep[];
  amount: Money;
  url: string;
}

/** One row of how a line's amount was worked out. */
export interface OwnStep {
  what: string;
  amount: Money;
}

/** Pages that you shared, those that brought most people first. */
export interface OwnLinks {
  data: OwnLink[];
  next: string | null;
}

/** A page that you shared: its links, who came, how many passed it on, and what came of it. */
export interface OwnLink {
  title: string;
  page: string;
  links: number;
  people: number;
  passed_on: number;
  outcomes: number;
}

/** The path, query, body and answer of every operation; `entry` is that of a list. */
export interface Operations {
  /** Report a conversion: an order, a sign-up, a donation. */
  report_conversion: {
    path: undefined;
    query: undefined;
    body: ConversionBody;
    answer: ConversionRecorded;
  };
  /** List conversions, newest first. */
  list_conversions: {
    path: undefined;
    query: { limit?: number; after?: string | null; since_ms?: number | null; until_ms?: number | null };
    body: undefined;
    answer: VisitsOrConversions;
    entry: VisitOrConversion;
  };
  /** Return the receipt of a conversion, or that it is not folded yet. */
  read_conversion: {
    path: { conversion_id: string };
    query: undefined;
    body: undefined;
    answer: ConversionReceipt | ConversionPending;
  };
  /** List refunds, newest first. */
  list_refunds: {
    path: undefined;
    query: { limit?: number; after?: string | null; since_ms?: number | null; until_ms?: number | null; conversion?: string | null };
    body: undefined;
    answer: RefundList;
    entry: RefundShown;
  };
  /** Return one refund. */
  read_refund: {
    path: { refund_id: string };
    query: undefined;
    body: undefined;
    answer: RefundShown;
  };
  /** Report a refund; its order may still be to come. */
  report_refund: {
    path: { conversion_id: string };
    query: undefined;
    body: RefundBody;
    answer: RefundRecorded;
  };
  /** Decide about an advocate, a conversion or a visit. */
  decide: {
    path: undefined;
    query: undefined;
    body: DecisionBody;
    answer: Recorded;
  };
  /** List decisions, newest first. */
  list_decisions: {
    path: undefined;
    query: { limit?: number; after?: string | null; since_ms?: number | null; until_ms?: number | null; about?: "advocate" | "conversion" | "visit" | null; subject_id?: string | null };
    body: undefined;
    answer: DecisionList;
    entry: DecisionShown;
  };
  /** Name an advocate who led to a conversion. */
  name_advocate: {
    path: { conversion_id: string };
    query: undefined;
    body: NameBody;
    answer: Recorded;
  };
  /** Give credit by hand, with a reason. */
  give_credit: {
    path: undefined;
    query: undefined;
    body: GiveBody;
    answer: Recorded;
  };
  /** List lines of credit: of all advocates, or of one id. */
  list_credits: {
    path: undefined;
    query: { limit?: number; after?: string | null; advocate?: string | null };
    body: undefined;
    answer: CreditList;
    entry: CreditShown;
  };
  /** Return one decision, as it was recorded. */
  read_decision: {
    path: { decision_id: string };
    query: undefined;
    body: undefined;
    answer: DecisionShown;
  };
  /** List the codes of the site, in the order of the alphabet. */
  list_codes: {
    path: undefined;
    query: { limit?: number | null; after?: string | null };
    body: undefined;
    answer: CodeList;
  };
  /** Make a code for an advocate, which may also be their coupon in your shop. */
  add_code: {
    path: undefined;
    query: undefined;
    body: CodeBody;
    answer: CodeShown;
  };
  /** Read a code, typed in any case: whose it is, and whether it is retired. */
  read_code: {
    path: { code: string };
    query: undefined;
    body: undefined;
    answer: CodeShown;
  };
  /** Retire a code for good: it earns nothing any more, as a link or as a coupon, and nobody else ever gets it. */
  retire_code: {
    path: { code: string };
    query: undefined;
    body: undefined;
    answer: CodeShown;
  };
  /** State that several ids are one person. */
  identify: {
    path: undefined;
    query: undefined;
    body: IdentifyBody;
    answer: Recorded;
  };
  /** Withdraw an earlier `identify`. */
  withdraw_statement: {
    path: { statement_id: string };
    query: undefined;
    body: WithdrawBody;
    answer: Recorded;
  };
  /** Return an address that opens the portal for this customer, once, for two minutes. */
  hand_over_customer: {
    path: undefined;
    query: undefined;
    body: HandOverBody;
    answer: HandOverLink;
  };
  /** Return a token with which a page of the site reads this customer's credit, for fifteen minutes. */
  make_credit_token: {
    path: undefined;
    query: undefined;
    body: CreditTokenBody;
    answer: CreditToken;
  };
  /** End every credit token of this customer, who signed out: pages that show it stop at once. */
  end_credit_tokens: {
    path: undefined;
    query: undefined;
    body: CreditTokenBody;
    answer: EndedCreditTokens;
  };
  /** List events in the order in which they happened; none is missed, and none comes twice. */
  list_events: {
    path: undefined;
    query: { after?: string; types?: string; limit?: number };
    body: undefined;
    answer: EventList;
  };
  /** Read one event. */
  read_event: {
    path: { event_id: string };
    query: undefined;
    body: undefined;
    answer: EventShown;
  };
  /** List the webhooks of the site. */
  list_webhooks: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: WebhookList;
  };
  /** Add a webhook. Its secret is shown only in this answer. */
  add_webhook: {
    path: undefined;
    query: undefined;
    body: WebhookBody;
    answer: WebhookMade;
  };
  /** Read one webhook. */
  read_webhook: {
    path: { webhook_id: string };
    query: undefined;
    body: undefined;
    answer: WebhookShown;
  };
  /** Remove a webhook with its deliveries. */
  remove_webhook: {
    path: { webhook_id: string };
    query: undefined;
    body: undefined;
    answer: WebhookRemoved;
  };
  /** Change the address, description or types of a webhook. */
  change_webhook: {
    path: { webhook_id: string };
    query: undefined;
    body: WebhookChange;
    answer: WebhookShown;
  };
  /** Pause a webhook: its events wait for up to thirty days. */
  pause_webhook: {
    path: { webhook_id: string };
    query: undefined;
    body: undefined;
    answer: WebhookShown;
  };
  /** Resume a webhook: what was held is sent now. */
  resume_webhook: {
    path: { webhook_id: string };
    query: undefined;
    body: undefined;
    answer: WebhookShown;
  };
  /** Send a test event to a webhook, once. */
  test_webhook: {
    path: { webhook_id: string };
    query: undefined;
    body: undefined;
    answer: TestSent;
  };
  /** Send every delivery that was given up again; they keep their ids. */
  replay_failed: {
    path: { webhook_id: string };
    query: undefined;
    body: undefined;
    answer: Replayed;
  };
  /** Replace the secret of a webhook. The new one is shown only in this answer. */
  rotate_webhook_secret: {
    path: { webhook_id: string };
    query: undefined;
    body: RotateBody;
    answer: WebhookMade;
  };
  /** List the deliveries of a webhook, the newest first. */
  list_deliveries: {
    path: { webhook_id: string };
    query: { state?: "" | "dead" | "delivered" | "held" | "pending"; before?: number | null; limit?: number };
    body: undefined;
    answer: DeliveryList;
  };
  /** Read a delivery with every attempt. */
  read_delivery: {
    path: { webhook_id: string; number: string };
    query: undefined;
    body: undefined;
    answer: DeliveryRead;
  };
  /** Send an event again under its old id. */
  replay_delivery: {
    path: { webhook_id: string; number: string };
    query: undefined;
    body: undefined;
    answer: DeliveryShown;
  };
  /** List visits that came by a link, newest first. */
  list_visits: {
    path: undefined;
    query: { limit?: number; after?: string | null; since_ms?: number | null; until_ms?: number | null };
    body: undefined;
    answer: VisitsOrConversions;
    entry: VisitOrConversion;
  };
  /** Explain the receipt of a conversion, a visit or a line of credit, by its id, and work it out again. */
  explain_receipt: {
    path: { subject: string };
    query: undefined;
    body: undefined;
    answer: ReceiptExplained;
  };
  /** List the advocates of the site. */
  list_advocates: {
    path: undefined;
    query: { limit?: number; after?: string | null };
    body: undefined;
    answer: AdvocateList;
    entry: AdvocateShown;
  };
  /** Return one advocate. */
  read_advocate: {
    path: { advocate_id: string };
    query: undefined;
    body: undefined;
    answer: AdvocateShown;
  };
  /** Return the signed statement of an advocate: every line up to the newest signed head. */
  read_statement: {
    path: { advocate_id: string };
    query: undefined;
    body: undefined;
    answer: Statement;
  };
  /** List the balances of all advocates, or of one id. */
  list_balances: {
    path: undefined;
    query: { limit?: number; after?: string | null; advocate?: string | null };
    body: undefined;
    answer: BalanceList;
    entry: Balance;
  };
  /** List redemptions: all of them, or those of one state. */
  list_redemptions: {
    path: undefined;
    query: { limit?: number; after?: string | null; state?: State | null };
    body: undefined;
    answer: RedemptionList;
    entry: RedemptionShown;
  };
  /** Return one redemption. */
  read_redemption: {
    path: { redemption_id: string };
    query: undefined;
    body: undefined;
    answer: RedemptionShown;
  };
  /** Decide a redemption; its state follows within a second. */
  decide_redemption: {
    path: { redemption_id: string };
    query: undefined;
    body: RedemptionDecisionBody;
    answer: RedemptionShown;
  };
  /** List exported payouts, newest first. */
  list_payouts: {
    path: undefined;
    query: { limit?: number; after?: string | null };
    body: undefined;
    answer: PayoutList;
    entry: PayoutLine;
  };
  /** Export the approved payouts that are in no batch yet; a batch of that name stays as it is. */
  export_payout: {
    path: undefined;
    query: undefined;
    body: PayoutBody;
    answer: PayoutShown;
  };
  /** Return one exported payout. */
  read_payout: {
    path: { batch_id: string };
    query: undefined;
    body: undefined;
    answer: PayoutShown;
  };
  /** Mark every approved payment of a payout as paid; their states follow within a second. */
  mark_payout_paid: {
    path: { batch_id: string };
    query: undefined;
    body: PaidBody;
    answer: PayoutShown;
  };
  /** List questions: all of them, or those of one outcome. */
  list_claims: {
    path: undefined;
    query: { limit?: number; after?: string | null; outcome?: "banned" | "declined" | "granted" | "has_it" | "open" | "refunded" | "silence" | "unpaid" | "used_up" | "voided" | null };
    body: undefined;
    answer: ClaimList;
    entry: ClaimShown;
  };
  /** Return one question with its messages. */
  read_claim: {
    path: { claim_id: string };
    query: undefined;
    body: undefined;
    answer: ClaimOpened;
  };
  /** Answer, grant or decline a question; its outcome follows within a second. */
  decide_claim: {
    path: { claim_id: string };
    query: undefined;
    body: ClaimBody;
    answer: ClaimOpened;
  };
  /** List the monthly pools. */
  list_pools: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: PoolList;
  };
  /** Add to a month's pool. */
  fund_pool: {
    path: undefined;
    query: undefined;
    body: PoolBody;
    answer: Recorded;
  };
  /** Return the site of the key. */
  read_site: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: SiteShown;
  };
  /** Change the name or the address of the site. */
  change_site: {
    path: undefined;
    query: undefined;
    body: SiteBody;
    answer: SiteShown;
  };
  /** Return the settings of the site. */
  read_settings: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: SettingsShown;
  };
  /** Change settings; what takes something away from people begins 14 days later. */
  change_settings: {
    path: undefined;
    query: undefined;
    body: SettingsBody;
    answer: SettingsShown;
  };
  /** List every version of the terms. */
  list_terms: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: TermsList;
  };
  /** Add a version of the terms; one that takes something away begins in 14 days at the earliest. */
  add_terms: {
    path: undefined;
    query: undefined;
    body: TermsBody;
    answer: TermsShown;
  };
  /** Try a draft on the past: what every conversion of the last days would pay. Nothing is changed. */
  try_terms: {
    path: undefined;
    query: undefined;
    body: TryBody;
    answer: TriedList;
  };
  /** Withdraw a version of the terms that has not begun. */
  withdraw_terms: {
    path: { version: string };
    query: undefined;
    body: undefined;
    answer: TermsShown;
  };
  /** Return the key of this call: its name, its site and what it may do. Every key may ask. */
  read_own_key: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: OwnKey;
  };
  /** List the API keys of the site. */
  list_keys: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: KeyList;
  };
  /** Make an API key; its secret is in this answer and nowhere else. */
  make_key: {
    path: undefined;
    query: undefined;
    body: KeyBody;
    answer: KeyMade;
  };
  /** Make the successor of a key, with its scopes; the old one works on for a while. */
  rotate_key: {
    path: { key_id: string };
    query: undefined;
    body: RotationBody;
    answer: KeyMade;
  };
  /** Revoke a key at once. */
  revoke_key: {
    path: { key_id: string };
    query: undefined;
    body: undefined;
    answer: KeyShown;
  };
  /** List the links of advocates, or with `of=site` those of the site itself. */
  list_links: {
    path: undefined;
    query: { limit?: number; after?: string | null; of?: "advocates" | "site" };
    body: undefined;
    answer: LinkList;
    entry: LinkShown;
  };
  /** Make a link for an advocate, or of the site itself; the same id again gives the same link. */
  make_link: {
    path: undefined;
    query: undefined;
    body: LinkBody;
    answer: LinkMade;
  };
  /** Return one link. */
  read_link: {
    path: { share_id: string };
    query: undefined;
    body: undefined;
    answer: LinkShown;
  };
  /** Make up to 10,000 links in one call; the same ids again give the same links. */
  make_many_links: {
    path: undefined;
    query: undefined;
    body: LinksBody;
    answer: LinksMade;
  };
  /** Report up to 500 conversions; a refused one stops no other, and all may be sent again. */
  report_conversions: {
    path: undefined;
    query: undefined;
    body: ConversionsBody;
    answer: ConversionOutcomes;
  };
  /** List the reports that there are. */
  list_reports: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: ReportNames;
  };
  /** Return Markov removal effects of the last days. */
  report_removal: {
    path: undefined;
    query: { goal?: string; days?: number; order?: number };
    body: undefined;
    answer: ReportShown;
  };
  /** Return conversions of the last days by the Shapley value of the people involved. */
  report_shapley: {
    path: undefined;
    query: { goal?: string; days?: number };
    body: undefined;
    answer: ReportShown;
  };
  /** Compare people who came by links with a hold-out of yours. */
  report_uplift: {
    path: undefined;
    query: { goal?: string; days?: number; control_conversions: number; control_people: number };
    body: undefined;
    answer: UpliftShown;
  };
  /** Propose a call: nothing happens until a person approves it in the console, within an hour. */
  propose: {
    path: undefined;
    query: undefined;
    body: ProposalBody;
    answer: ProposalShown;
  };
  /** Return a proposal of this key: whether a person has decided it, and the result. */
  read_proposal: {
    path: { proposal_id: string };
    query: undefined;
    body: undefined;
    answer: ProposalShown;
  };
  /** Return whom your sharing reached, what it earned, and the rule of the site. Takes a person's token, `at_…`. */
  read_own_account: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: OwnAccount;
  };
  /** List the lines of your credit, newest first, each in a sentence. Takes a person's token, `at_…`. */
  list_own_credits: {
    path: undefined;
    query: { after?: string | null };
    body: undefined;
    answer: OwnLines;
    entry: OwnLine;
  };
  /** Return why one line of your credit is what it is. Takes a person's token, `at_…`. */
  explain_own_credit: {
    path: { line_id: string };
    query: undefined;
    body: undefined;
    answer: OwnReason;
  };
  /** List the pages that you shared, those that brought most people first. Takes a person's token, `at_…`. */
  list_own_links: {
    path: undefined;
    query: { after?: string | null };
    body: undefined;
    answer: OwnLinks;
    entry: OwnLink;
  };
}

/** The method and path of every operation. */
export const OPERATIONS: { readonly [Name in keyof Operations]: readonly [method: string, path: string] } = {
  report_conversion: ["POST", "/conversions"],
  list_conversions: ["GET", "/conversions"],
  read_conversion: ["GET", "/conversions/{conversion_id}"],
  list_refunds: ["GET", "/refunds"],
  read_refund: ["GET", "/refunds/{refund_id}"],
  report_refund: ["POST", "/conversions/{conversion_id}/refunds"],
  decide: ["POST", "/verdicts"],
  list_decisions: ["GET", "/verdicts"],
  name_advocate: ["POST", "/conversions/{conversion_id}/advocates"],
  give_credit: ["POST", "/credits"],
  list_credits: ["GET", "/credits"],
  read_decision: ["GET", "/verdicts/{decision_id}"],
  list_codes: ["GET", "/codes"],
  add_code: ["POST", "/codes"],
  read_code: ["GET", "/codes/{code}"],
  retire_code: ["POST", "/codes/{code}/retire"],
  identify: ["POST", "/identify"],
  withdraw_statement: ["POST", "/identify/{statement_id}/withdraw"],
  hand_over_customer: ["POST", "/hand-over"],
  make_credit_token: ["POST", "/credit-tokens"],
  end_credit_tokens: ["POST", "/credit-tokens/end"],
  list_events: ["GET", "/events"],
  read_event: ["GET", "/events/{event_id}"],
  list_webhooks: ["GET", "/webhooks"],
  add_webhook: ["POST", "/webhooks"],
  read_webhook: ["GET", "/webhooks/{webhook_id}"],
  remove_webhook: ["DELETE", "/webhooks/{webhook_id}"],
  change_webhook: ["PATCH", "/webhooks/{webhook_id}"],
  pause_webhook: ["POST", "/webhooks/{webhook_id}/pause"],
  resume_webhook: ["POST", "/webhooks/{webhook_id}/resume"],
  test_webhook: ["POST", "/webhooks/{webhook_id}/test"],
  replay_failed: ["POST", "/webhooks/{webhook_id}/replay"],
  rotate_webhook_secret: ["POST", "/webhooks/{webhook_id}/rotate"],
  list_deliveries: ["GET", "/webhooks/{webhook_id}/deliveries"],
  read_delivery: ["GET", "/webhooks/{webhook_id}/deliveries/{number}"],
  replay_delivery: ["POST", "/webhooks/{webhook_id}/deliveries/{number}/replay"],
  list_visits: ["GET", "/visits"],
  explain_receipt: ["GET", "/receipts/{subject}"],
  list_advocates: ["GET", "/advocates"],
  read_advocate: ["GET", "/advocates/{advocate_id}"],
  read_statement: ["GET", "/advocates/{advocate_id}/statement.json"],
  list_balances: ["GET", "/balances"],
  list_redemptions: ["GET", "/redemptions"],
  read_redemption: ["GET", "/redemptions/{redemption_id}"],
  decide_redemption: ["POST", "/redemptions/{redemption_id}/decision"],
  list_payouts: ["GET", "/payouts"],
  export_payout: ["POST", "/payouts"],
  read_payout: ["GET", "/payouts/{batch_id}"],
  mark_payout_paid: ["POST", "/payouts/{batch_id}/paid"],
  list_claims: ["GET", "/claims"],
  read_claim: ["GET", "/claims/{claim_id}"],
  decide_claim: ["POST", "/claims/{claim_id}/decision"],
  list_pools: ["GET", "/pools"],
  fund_pool: ["POST", "/pools"],
  read_site: ["GET", "/site"],
  change_site: ["PATCH", "/site"],
  read_settings: ["GET", "/settings"],
  change_settings: ["PATCH", "/settings"],
  list_terms: ["GET", "/terms"],
  add_terms: ["POST", "/terms"],
  try_terms: ["POST", "/terms/try"],
  withdraw_terms: ["POST", "/terms/{version}/withdraw"],
  read_own_key: ["GET", "/key"],
  list_keys: ["GET", "/keys"],
  make_key: ["POST", "/keys"],
  rotate_key: ["POST", "/keys/{key_id}/rotate"],
  revoke_key: ["POST", "/keys/{key_id}/revoke"],
  list_links: ["GET", "/links"],
  make_link: ["POST", "/links"],
  read_link: ["GET", "/links/{share_id}"],
  make_many_links: ["POST", "/links/batch"],
  report_conversions: ["POST", "/conversions/batch"],
  list_reports: ["GET", "/reports"],
  report_removal: ["GET", "/reports/removal"],
  report_shapley: ["GET", "/reports/shapley"],
  report_uplift: ["GET", "/reports/uplift"],
  propose: ["POST", "/proposals"],
  read_proposal: ["GET", "/proposals/{proposal_id}"],
  read_own_account: ["GET", "/me"],
  list_own_credits: ["GET", "/me/credits"],
  explain_own_credit: ["GET", "/me/credits/{line_id}"],
  list_own_links: ["GET", "/me/links"],
};
