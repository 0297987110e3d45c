// Receive webhooks in Go, with nothing but the standard library. The secret (`whsec_…`) is in WEBHOOK_SECRET.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// isFromPassalong tells whether the signature is ours (standardwebhooks.com) and at most five minutes old.
func isFromPassalong(header http.Header, body []byte, secret string) bool {
	id, when := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(when, 10, 64)
	if age := time.Since(time.Unix(seconds, 0)); err != nil || age.Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + when + "." + string(body)))
	made := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, signature := range strings.Fields(header.Get("webhook-signature")) {
		if hmac.Equal(made, []byte(signature)) {
			return true
		}
	}
	return false
}

func receive(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	if err != nil || !isFromPassalong(request.Header, body, os.Getenv("WEBHOOK_SECRET")) {
		answer.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event struct{ ID, Type string }
	if err := json.Unmarshal(body, &event); err != nil {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	// Keep event.ID: an event may come twice. Then answer, and do what takes longer afterwards.
	log.Println(event.Type, event.ID)
	answer.WriteHeader(http.StatusNoContent)
}

func main() {
	http.HandleFunc("/hook", receive)
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN"), nil))
}
