package service

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestWarnings(t *testing.T) {
	s := openDemo(t, nil)
	w, err := s.Warnings(context.Background())
	if err != nil || strings.Contains(strings.Join(w, " "), "clock") {
		t.Fatal(w, err)
	}
	s = openDemo(t, func() time.Time { return time.Now().AddDate(0, 0, -1) })
	w, err = s.Warnings(context.Background())
	if err != nil || !strings.Contains(strings.Join(w, " "), "clock") {
		t.Fatal("no word of a clock that was set back:", w, err)
	}
}
