package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// secret is 256 bits that somebody must not learn.
type secret [sha256.Size]byte

// A shortMessage is what mac takes at most; every message of this package but the one of tag is shorter.
const shortMessage = 128

// mac is HMAC-SHA-256 (RFC 2104) of label and parts under s, without an allocation. Under one key a label has always
// parts of the same lengths, so that no two lists are one message.
func (s *secret) mac(label string, parts ...[]byte) secret {
	var buf [sha256.BlockSize + shortMessage]byte
	for i, b := range s {
		buf[i] = b ^ 0x36
	}
	for i := len(s); i < sha256.BlockSize; i++ {
		buf[i] = 0x36
	}
	n := sha256.BlockSize + copy(buf[sha256.BlockSize:], label)
	for _, p := range parts {
		if n+len(p) > len(buf) {
			panic("vault: message too long for mac") // only constants and fixed lengths come here
		}
		n += copy(buf[n:], p)
	}
	inner := sha256.Sum256(buf[:n])

	var out [sha256.BlockSize + sha256.Size]byte
	for i, b := range s {
		out[i] = b ^ 0x5c
	}
	for i := len(s); i < sha256.BlockSize; i++ {
		out[i] = 0x5c
	}
	copy(out[sha256.BlockSize:], inner[:])
	return sha256.Sum256(out[:])
}

// keyed computes HMAC-SHA-256 of messages of any length under one key, with the key's two blocks hashed once.
type keyed struct{ pool sync.Pool }

func newKeyed(s secret) *keyed {
	k := &keyed{}
	k.pool.New = func() any { return &keyedState{h: hmac.New(sha256.New, s[:])} }
	return k
}

type keyedState struct {
	h   hash.Hash
	msg []byte
	sum secret
}

// sum hashes a family number and strings, each with its length before it, so that no two lists are the same message.
func (k *keyed) sum(family byte, parts ...string) secret {
	st := k.pool.Get().(*keyedState)
	m := append(st.msg[:0], family)
	for _, p := range parts {
		n := len(p)
		m = append(m, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		m = append(m, p...)
	}
	st.h.Reset()
	st.h.Write(m)
	st.h.Sum(st.sum[:0])
	out := st.sum
	clear(m) // the message is a personal value
	if cap(m) <= 4096 {
		st.msg = m
	}
	k.pool.Put(st)
	return out
}
