package sdk_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestAHookAnswersWhatItChanged(t *testing.T) {
	t.Parallel()
	type record struct {
		A string  `json:"a"`
		B *string `json:"b,omitempty"`
		N json.Number
	}
	for _, want := range []struct {
		says   string
		change func(r *record)
		answer string
	}{
		{"nothing", func(*record) {}, ""},
		{"a value", func(r *record) { r.A = "y" }, `{"a":"y"}`},
		{"a value that is taken away", func(r *record) { r.B = nil }, `{"b":null}`},
		{"numbers are kept to the last digit", func(r *record) { r.A = string(r.N) }, `{"a":"9007199254740993.10"}`},
	} {
		hook := sdk.Hook(func(_ *sdk.Call, r, _ *record) error {
			want.change(r)
			return nil
		})
		answer, err := hook.Run(nil, json.RawMessage(`{"record": {"a": "x", "b": "z", "N": 9007199254740993.10, "unknown": 1}, "old": null}`))
		if err != nil || string(answer) != want.answer {
			t.Errorf("%s: %s, %v", want.says, answer, err)
		}
	}
}

func TestWhatDoesNotFitTheTypeIsAFaultOfTheModule(t *testing.T) {
	t.Parallel()
	action := sdk.Action(func(_ *sdk.Call, in struct{ Count int }) (sdk.None, error) { return sdk.None{}, nil })
	_, err := action.Run(nil, json.RawMessage(`{"count": "many"}`))
	if err == nil || errs.KindOf(err) != errs.Internal || !strings.Contains(err.Error(), "does not take its input") {
		t.Error(err)
	}
	if _, err := (sdk.Handler{}).Run(nil, nil); err == nil {
		t.Error("the zero handler runs")
	}
	refusal := errors.New("no")
	hook := sdk.Hook(func(*sdk.Call, *sdk.Record, *sdk.Record) error { return refusal })
	if _, err := hook.Run(nil, json.RawMessage(`{}`)); err == nil || errors.Is(err, refusal) {
		t.Errorf("a hook without a record: %v", err)
	}
	if _, err := hook.Run(nil, json.RawMessage(`{"record": {}}`)); !errors.Is(err, refusal) {
		t.Errorf("a hook that refuses: %v", err)
	}
}
