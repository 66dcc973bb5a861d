// Package gateway is HTTP in and out. Every request takes the same steps: host
// to site or platform, credential to actor, the route's declared permission,
// limits, body; then one handler that returns an answer or an error. Only this
// package knows HTTP statuses, and only it logs a failed request.
//
// Routes are data (see routes): each names its permission, and a test walks
// them all as every kind of stranger.
package gateway
