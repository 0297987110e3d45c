#!/bin/sh
# Report a purchase. ORDER_ID is yours; sending the same again does nothing. CODE is the field `ht` of your form.
# A redirect is an error: nothing would be reported, and the key would go elsewhere.
curl --fail-with-body --retry 3 --location --max-redirs 0 HOST/api/v1/conversions \
  -H "Authorization: Bearer $PASSALONG_KEY" \
  --data "{\"id\": \"$ORDER_ID\", \"goal\": \"purchase\", \"amount_minor\": 4200, \"currency\": \"EUR\", \"code\": \"$CODE\"}"
