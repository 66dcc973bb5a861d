package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// plain copies a value into what a template may hold: maps, slices, strings,
// booleans, int64, float64 and nil. Nothing in the result has a method, so a
// template can call none. Other types become what their JSON is.
func plain(value any) (any, error) {
	switch v := value.(type) {
	case nil, bool, string, int64:
		return v, nil
	case int:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case float64:
		return number(v), nil
	case json.Number:
		return plainNumber(v)
	case map[string]any:
		return plainMap(v)
	case []any:
		return plainList(v)
	case []map[string]any:
		return plainList(v)
	}
	return plainJSON(value)
}

func plainMap(from map[string]any) (map[string]any, error) {
	made := make(map[string]any, len(from))
	for key, value := range from {
		v, err := plain(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		made[key] = v
	}
	return made, nil
}

func plainList[T any](from []T) ([]any, error) {
	made := make([]any, len(from))
	for i, value := range from {
		v, err := plain(value)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
		made[i] = v
	}
	return made, nil
}

func plainNumber(n json.Number) (any, error) {
	if whole, err := n.Int64(); err == nil {
		return whole, nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("not a number: %q", n.String())
	}
	return f, nil
}

// number makes whole what decoders without UseNumber have made a float64.
func number(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

func plainJSON(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("a %T cannot be shown: %w", value, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("a %T cannot be shown: %w", value, err)
	}
	return plain(decoded)
}
