// Report a purchase from Go, with nothing but the standard library.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

type purchase struct {
	ID          string `json:"id"`
	Goal        string `json:"goal"`
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
	Code        string `json:"code,omitempty"`
}

var client = http.Client{Timeout: 10 * time.Second, CheckRedirect: stay}

// stay keeps the key from the address that a redirect leads to; the redirect becomes an error.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// report sends an order; the same order again does nothing. After an error of the network it is sent again.
func report(order purchase) error {
	order.Goal = "purchase"
	body, err := json.Marshal(order)
	if err != nil {
		return err
	}
	for try := 0; try < 4; try++ {
		time.Sleep(time.Duration(try) * time.Second)
		status, said, err := send(body)
		if err != nil || status >= 500 || status == http.StatusTooManyRequests {
			continue
		}
		if status < 300 {
			return nil
		}
		return fmt.Errorf("passalong answered %d: %s", status, said)
	}
	return fmt.Errorf("passalong could not be reached; send the order again later")
}

func send(body []byte) (int, []byte, error) {
	request, err := http.NewRequest("POST", "HOST/api/v1/conversions", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("PASSALONG_KEY"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	return answer.StatusCode, said, err
}

func main() {
	order := purchase{ID: os.Getenv("ORDER_ID"), AmountMinor: 4200, Currency: "EUR", Code: os.Getenv("CODE")}
	if err := report(order); err != nil {
		log.Fatal(err)
	}
}
