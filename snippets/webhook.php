<?php
// Receive webhooks in PHP, with nothing but the language itself. The secret (`whsec_…`) is in WEBHOOK_SECRET.

/** Return true if the signature is ours (standardwebhooks.com) and at most five minutes old. */
function is_from_passalong(string $id, string $time, string $signatures, string $body, string $secret): bool
{
    if (!ctype_digit($time) || abs(time() - (int) $time) > 300) {
        return false;
    }
    $key = base64_decode(substr($secret, strlen("whsec_")));
    $made = "v1," . base64_encode(hash_hmac("sha256", "$id.$time.$body", $key, true));
    $equal = array_filter(explode(" ", $signatures), fn ($signature) => hash_equals($made, $signature));
    return count($equal) > 0;
}

$header = fn (string $name): string => $_SERVER["HTTP_WEBHOOK_" . $name] ?? "";
$body = file_get_contents("php://input");
if (!is_from_passalong($header("ID"), $header("TIMESTAMP"), $header("SIGNATURE"), $body, getenv("WEBHOOK_SECRET"))) {
    http_response_code(401);
    exit;
}
$event = json_decode($body, true);
// Keep $event["id"]: an event may come twice. Then answer, and do what takes longer afterwards.
error_log("{$event['type']} {$event['id']}");
http_response_code(204);
