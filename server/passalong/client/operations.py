"""Every operation of the API, with the types of its body and its answer.

Made by `make reference` from the OpenAPI. Edit the API's code, not this file.
"""

from __future__ import annotations

from passalong.client import types
from passalong.client.calls import ListOperation, Operation

report_conversion: Operation[types.ConversionBody, types.ConversionRecorded] = Operation("POST", "/conversions")
"""Report a conversion: an order, a sign-up, a donation."""
list_conversions: ListOperation[types.VisitsOrConversions, types.VisitOrConversion] = ListOperation(
    "GET", "/conversions"
)
"""List conversions, newest first."""
read_conversion: Operation[None, types.ConversionReceipt | types.ConversionPending] = Operation(
    "GET", "/conversions/{conversion_id}"
)
"""Return the receipt of a conversion, or that it is not folded yet."""
list_refunds: ListOperation[types.RefundList, types.RefundShown] = ListOperation("GET", "/refunds")
"""List refunds, newest first."""
read_refund: Operation[None, types.RefundShown] = Operation("GET", "/refunds/{refund_id}")
"""Return one refund."""
report_refund: Operation[types.RefundBody, types.RefundRecorded] = Operation(
    "POST", "/conversions/{conversion_id}/refunds"
)
"""Report a refund; its order may still be to come."""
decide: Operation[types.DecisionBody, types.Recorded] = Operation("POST", "/verdicts")
"""Decide about an advocate, a conversion or a visit."""
list_decisions: ListOperation[types.DecisionList, types.DecisionShown] = ListOperation("GET", "/verdicts")
"""List decisions, newest first."""
name_advocate: Operation[types.NameBody, types.Recorded] = Operation("POST", "/conversions/{conversion_id}/advocates")
"""Name an advocate who led to a conversion."""
give_credit: Operation[types.GiveBody, types.Recorded] = Operation("POST", "/credits")
"""Give credit by hand, with a reason."""
list_credits: ListOperation[types.CreditList, types.CreditShown] = ListOperation("GET", "/credits")
"""List lines of credit: of all advocates, or of one id."""
read_decision: Operation[None, types.DecisionShown] = Operation("GET", "/verdicts/{decision_id}")
"""Return one decision, as it was recorded."""
list_codes: Operation[None, types.CodeList] = Operation("GET", "/codes")
"""List the codes of the site, in the order of the alphabet."""
add_code: Operation[types.CodeBody, types.CodeShown] = Operation("POST", "/codes")
"""Make a code for an advocate, which may also be their coupon in your shop."""
read_code: Operation[None, types.CodeShown] = Operation("GET", "/codes/{code}")
"""Read a code, typed in any case: whose it is, and whether it is retired."""
retire_code: Operation[None, types.CodeShown] = Operation("POST", "/codes/{code}/retire")
"""Retire a code for good: it earns nothing any more, as a link or as a coupon, and nobody else ever gets it."""
identify: Operation[types.IdentifyBody, types.Recorded] = Operation("POST", "/identify")
"""State that several ids are one person."""
withdraw_statement: Operation[types.WithdrawBody, types.Recorded] = Operation(
    "POST", "/identify/{statement_id}/withdraw"
)
"""Withdraw an earlier `identify`."""
hand_over_customer: Operation[types.HandOverBody, types.HandOverLink] = Operation("POST", "/hand-over")
"""Return an address that opens the portal for this customer, once, for two minutes."""
make_credit_token: Operation[types.CreditTokenBody, types.CreditToken] = Operation("POST", "/credit-tokens")
"""Return a token with which a page of the site reads this customer's credit, for fifteen minutes."""
end_credit_tokens: Operation[types.CreditTokenBody, types.EndedCreditTokens] = Operation("POST", "/credit-tokens/end")
"""End every credit token of this customer, who signed out: pages that show it stop at once."""
list_events: Operation[None, types.EventList] = Operation("GET", "/events")
"""List events in the order in which they happened; none is missed, and none comes twice."""
read_event: Operation[None, types.EventShown] = Operation("GET", "/events/{event_id}")
"""Read one event."""
list_webhooks: Operation[None, types.WebhookList] = Operation("GET", "/webhooks")
"""List the webhooks of the site."""
add_webhook: Operation[types.WebhookBody, types.WebhookMade] = Operation("POST", "/webhooks")
"""Add a webhook. Its secret is shown only in this answer."""
read_webhook: Operation[None, types.WebhookShown] = Operation("GET", "/webhooks/{webhook_id}")
"""Read one webhook."""
remove_webhook: Operation[None, types.WebhookRemoved] = Operation("DELETE", "/webhooks/{webhook_id}")
"""Remove a webhook with its deliveries."""
change_webhook: Operation[types.WebhookChange, types.WebhookShown] = Operation("PATCH", "/webhooks/{webhook_id}")
"""Change the address, description or types of a webhook."""
pause_webhook: Operation[None, types.WebhookShown] = Operation("POST", "/webhooks/{webhook_id}/pause")
"""Pause a webhook: its events wait for up to thirty days."""
resume_webhook: Operation[None, types.WebhookShown] = Operation("POST", "/webhooks/{webhook_id}/resume")
"""Resume a webhook: what was held is sent now."""
test_webhook: Operation[None, types.TestSent] = Operation("POST", "/webhooks/{webhook_id}/test")
"""Send a test event to a webhook, once."""
replay_failed: Operation[None, types.Replayed] = Operation("POST", "/webhooks/{webhook_id}/replay")
"""Send every delivery that was given up again; they keep their ids."""
rotate_webhook_secret: Operation[types.RotateBody, types.WebhookMade] = Operation(
    "POST", "/webhooks/{webhook_id}/rotate"
)
"""Replace the secret of a webhook. The new one is shown only in this answer."""
list_deliveries: Operation[None, types.DeliveryList] = Operation("GET", "/webhooks/{webhook_id}/deliveries")
"""List the deliveries of a webhook, the newest first."""
read_delivery: Operation[None, types.DeliveryRead] = Operation("GET", "/webhooks/{webhook_id}/deliveries/{number}")
"""Read a delivery with every attempt."""
replay_delivery: Operation[None, types.DeliveryShown] = Operation(
    "POST", "/webhooks/{webhook_id}/deliveries/{number}/replay"
)
"""Send an event again under its old id."""
list_visits: ListOperation[types.VisitsOrConversions, types.VisitOrConversion] = ListOperation("GET", "/visits")
"""List visits that came by a link, newest first."""
explain_receipt: Operation[None, types.ReceiptExplained] = Operation("GET", "/receipts/{subject}")
"""Explain the receipt of a conversion, a visit or a line of credit, by its id, and work it out again."""
list_advocates: ListOperation[types.AdvocateList, types.AdvocateShown] = ListOperation("GET", "/advocates")
"""List the advocates of the site."""
read_advocate: Operation[None, types.AdvocateShown] = Operation("GET", "/advocates/{advocate_id}")
"""Return one advocate."""
read_statement: Operation[None, types.Statement] = Operation("GET", "/advocates/{advocate_id}/statement.json")
"""Return the signed statement of an advocate: every line up to the newest signed head."""
list_balances: ListOperation[types.BalanceList, types.Balance] = ListOperation("GET", "/balances")
"""List the balances of all advocates, or of one id."""
list_redemptions: ListOperation[types.RedemptionList, types.RedemptionShown] = ListOperation("GET", "/redemptions")
"""List redemptions: all of them, or those of one state."""
read_redemption: Operation[None, types.RedemptionShown] = Operation("GET", "/redemptions/{redemption_id}")
"""Return one redemption."""
decide_redemption: Operation[types.RedemptionDecisionBody, types.RedemptionShown] = Operation(
    "POST", "/redemptions/{redemption_id}/decision"
)
"""Decide a redemption; its state follows within a second."""
list_payouts: ListOperation[types.PayoutList, types.PayoutLine] = ListOperation("GET", "/payouts")
"""List exported payouts, newest first."""
export_payout: Operation[types.PayoutBody, types.PayoutShown] = Operation("POST", "/payouts")
"""Export the approved payouts that are in no batch yet; a batch of that name stays as it is."""
read_payout: Operation[None, types.PayoutShown] = Operation("GET", "/payouts/{batch_id}")
"""Return one exported payout."""
mark_payout_paid: Operation[types.PaidBody, types.PayoutShown] = Operation("POST", "/payouts/{batch_id}/paid")
"""Mark every approved payment of a payout as paid; their states follow within a second."""
list_claims: ListOperation[types.ClaimList, types.ClaimShown] = ListOperation("GET", "/claims")
"""List questions: all of them, or those of one outcome."""
read_claim: Operation[None, types.ClaimOpened] = Operation("GET", "/claims/{claim_id}")
"""Return one question with its messages."""
decide_claim: Operation[types.ClaimBody, types.ClaimOpened] = Operation("POST", "/claims/{claim_id}/decision")
"""Answer, grant or decline a question; its outcome follows within a second."""
list_pools: Operation[None, types.PoolList] = Operation("GET", "/pools")
"""List the monthly pools."""
fund_pool: Operation[types.PoolBody, types.Recorded] = Operation("POST", "/pools")
"""Add to a month's pool."""
read_site: Operation[None, types.SiteShown] = Operation("GET", "/site")
"""Return the site of the key."""
change_site: Operation[types.SiteBody, types.SiteShown] = Operation("PATCH", "/site")
"""Change the name or the address of the site."""
read_settings: Operation[None, types.SettingsShown] = Operation("GET", "/settings")
"""Return the settings of the site."""
change_settings: Operation[types.SettingsBody, types.SettingsShown] = Operation("PATCH", "/settings")
"""Change settings; what takes something away from people begins 14 days later."""
list_terms: Operation[None, types.TermsList] = Operation("GET", "/terms")
"""List every version of the terms."""
add_terms: Operation[types.TermsBody, types.TermsShown] = Operation("POST", "/terms")
"""Add a version of the terms; one that takes something away begins in 14 days at the earliest."""
try_terms: Operation[types.TryBody, types.TriedList] = Operation("POST", "/terms/try")
"""Try a draft on the past: what every conversion of the last days would pay. Nothing is changed."""
withdraw_terms: Operation[None, types.TermsShown] = Operation("POST", "/terms/{version}/withdraw")
"""Withdraw a version of the terms that has not begun."""
read_own_key: Operation[None, types.OwnKey] = Operation("GET", "/key")
"""Return the key of this call: its name, its site and what it may do. Every key may ask."""
list_keys: Operation[None, types.KeyList] = Operation("GET", "/keys")
"""List the API keys of the site."""
make_key: Operation[types.KeyBody, types.KeyMade] = Operation("POST", "/keys")
"""Make an API key; its secret is in this answer and nowhere else."""
rotate_key: Operation[types.RotationBody, types.KeyMade] = Operation("POST", "/keys/{key_id}/rotate")
"""Make the successor of a key, with its scopes; the old one works on for a while."""
revoke_key: Operation[None, types.KeyShown] = Operation("POST", "/keys/{key_id}/revoke")
"""Revoke a key at once."""
list_links: ListOperation[types.LinkList, types.LinkShown] = ListOperation("GET", "/links")
"""List the links of advocates, or with `of=site` those of the site itself."""
make_link: Operation[types.LinkBody, types.LinkMade] = Operation("POST", "/links")
"""Make a link for an advocate, or of the site itself; the same id again gives the same link."""
read_link: Operation[None, types.LinkShown] = Operation("GET", "/links/{share_id}")
"""Return one link."""
make_many_links: Operation[types.LinksBody, types.LinksMade] = Operation("POST", "/links/batch")
"""Make up to 10,000 links in one call; the same ids again give the same links."""
report_conversions: Operation[types.ConversionsBody, types.ConversionOutcomes] = Operation("POST", "/conversions/batch")
"""Report up to 500 conversions; a refused one stops no other, and all may be sent again."""
list_reports: Operation[None, types.ReportNames] = Operation("GET", "/reports")
"""List the reports that there are."""
report_removal: Operation[None, types.ReportShown] = Operation("GET", "/reports/removal")
"""Return Markov removal effects of the last days."""
report_shapley: Operation[None, types.ReportShown] = Operation("GET", "/reports/shapley")
"""Return conversions of the last days by the Shapley value of the people involved."""
report_uplift: Operation[None, types.UpliftShown] = Operation("GET", "/reports/uplift")
"""Compare people who came by links with a hold-out of yours."""
propose: Operation[types.ProposalBody, types.ProposalShown] = Operation("POST", "/proposals")
"""Propose a call: nothing happens until a person approves it in the console, within an hour."""
read_proposal: Operation[None, types.ProposalShown] = Operation("GET", "/proposals/{proposal_id}")
"""Return a proposal of this key: whether a person has decided it, and the result."""
read_own_account: Operation[None, types.OwnAccount] = Operation("GET", "/me")
"""Return whom your sharing reached, what it earned, and the rule of the site. Takes a person's token, `at_…`."""
list_own_credits: ListOperation[types.OwnLines, types.OwnLine] = ListOperation("GET", "/me/credits")
"""List the lines of your credit, newest first, each in a sentence. Takes a person's token, `at_…`."""
explain_own_credit: Operation[None, types.OwnReason] = Operation("GET", "/me/credits/{line_id}")
"""Return why one line of your credit is what it is. Takes a person's token, `at_…`."""
list_own_links: ListOperation[types.OwnLinks, types.OwnLink] = ListOperation("GET", "/me/links")
"""List the pages that you shared, those that brought most people first. Takes a person's token, `at_…`."""
