# Receive webhooks in Ruby: a Rack app, with nothing but the standard library. The secret (`whsec_…`) is in WEBHOOK_SECRET.
# In `config.ru`: `require "./webhook"; run WEBHOOK`.
require "json"
require "openssl"

# Return true if the signature is ours (standardwebhooks.com) and at most five minutes old.
def from_passalong?(id, time, signatures, body, secret)
  return false unless time.match?(/\A\d+\z/) && (Time.now.to_i - time.to_i).abs <= 300

  key = secret.delete_prefix("whsec_").unpack1("m")
  made = "v1,#{[OpenSSL::HMAC.digest('SHA256', key, "#{id}.#{time}.#{body}")].pack('m0')}"
  signatures.split.any? { |one| one.bytesize == made.bytesize && OpenSSL.fixed_length_secure_compare(one, made) }
end

WEBHOOK = lambda do |env|
  body = env["rack.input"].read
  header = ->(name) { env.fetch("HTTP_WEBHOOK_#{name}", "") }
  unless from_passalong?(header["ID"], header["TIMESTAMP"], header["SIGNATURE"], body, ENV.fetch("WEBHOOK_SECRET"))
    return [401, {}, []]
  end
  event = JSON.parse(body)
  # Keep event["id"]: an event may come twice. Then answer, and do what takes longer afterwards.
  warn "#{event['type']} #{event['id']}"
  [204, {}, []]
end
