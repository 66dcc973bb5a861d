//go:build !race

package gateway_test

// racing is whether the race detector watches.
const racing = false
