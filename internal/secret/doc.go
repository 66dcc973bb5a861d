// Package secret keeps what must not be read by others. It makes and hashes
// the random tokens by which browsers and programs are known, and it holds the
// key ring with which values are sealed at rest and addresses are signed.
package secret
