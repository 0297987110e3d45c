#!/bin/sh
# Check a webhook: the body on standard input, the three headers in WEBHOOK_ID, WEBHOOK_TIMESTAMP and WEBHOOK_SIGNATURE,
# the secret in WEBHOOK_SECRET. Exit code 0 if it comes from Passalong and is at most five minutes old, else 1.
set -eu

case "$WEBHOOK_TIMESTAMP" in
  "" | *[!0-9]*) exit 1 ;;
esac
age=$(($(date +%s) - WEBHOOK_TIMESTAMP))
[ "$age" -le 300 ] && [ "$age" -ge -300 ] || exit 1

key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signature=$({ printf %s "$WEBHOOK_ID.$WEBHOOK_TIMESTAMP."; cat; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)

# There may be several, while a new secret replaces an old one.
case " $WEBHOOK_SIGNATURE " in
  *" v1,$signature "*) exit 0 ;;
esac
exit 1
