import { constants, createHash, generateKeyPairSync, privateEncrypt, sign, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import type { SourceProof } from './pages/event'
import { checkSource, preAuth, publicKey, type Signed } from './source'

const type = 'application/vnd.in-toto+json'
const digest = (b: Uint8Array) => 'sha256:' + createHash('sha256').update(b).digest('hex')
const node = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat([Buffer.from([1]), ...parts])).digest()
const leaves = ['a', 'b', 'c'].map((s) => createHash('sha256').update('\0' + s).digest())
const root = node(node(leaves[0], leaves[1]), leaves[2])

interface Parts { privateKey: KeyObject, publicKey: KeyObject, hash: string | null, predicate?: object, kind?: string, payloadType?: string, keyid?: string }

/** What a source signed of the second of three leaves, and what is shown of its entry. */
function made({ privateKey, publicKey, hash, predicate = {}, kind = 'batch', payloadType = type, keyid }: Parts): { shown: Signed, proof: SourceProof } {
  const payload = Buffer.from(JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1', subject: [{ name: 'gateway/7', digest: { rfc6962: root.toString('hex') } }], predicateType: `https://github.com/lichtspur/lichtspur/${kind}/v1`,
    predicate: { source: 'gateway', sealer: 'gateway', sequence: 7, period: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }, count: 3, root: root.toString('base64'), ...predicate },
  }))
  const id = digest(publicKey.export({ type: 'spki', format: 'der' }))
  const sig = sign(hash, preAuth(payloadType, payload), privateKey).toString('base64')
  return {
    shown: { leafHash: leaves[1].toString('base64'), source: 'gateway', signature: { attested: 'SOURCE', source: 'gateway', key: id, sequence: 7, statement: digest(payload) } },
    proof: {
      envelope: JSON.stringify({ payloadType, payload: payload.toString('base64'), signatures: [{ keyid: keyid ?? id, sig }] }), index: 1, count: 3,
      path: [leaves[0], leaves[2]].map((h) => h.toString('base64')), key: { source: 'gateway', entry: 'x', pem: publicKey.export({ type: 'spki', format: 'pem' }) as string },
    },
  }
}

const kinds: [string, { privateKey: KeyObject, publicKey: KeyObject }, string | null][] = [
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256'], ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'sha384'],
  ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'sha512'], ['Ed25519', generateKeyPairSync('ed25519'), null],
  ...[2048, 3072, 4096].map((n): (typeof kinds)[0] => ['RSA of ' + n + ' bits', generateKeyPairSync('rsa', { modulusLength: n }), 'sha256']), ['RSA with the exponent 3', generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }), 'sha256'],
]

test.each(kinds)('a signature of %s holds for what was signed alone', (_, pair, hash) => {
  for (let i = 0; i < 4; i++) { // with ECDSA half of all signatures have a high s
    const { shown, proof } = made({ ...pair, hash })
    expect(checkSource(shown, proof)).toEqual({ state: 'verified', holds: ['envelope', 'statement', 'covers', 'key', 'signature'] })
  }
  const { shown, proof } = made({ ...pair, hash })
  const fails = (s: Partial<Signed['signature']>, p: Partial<SourceProof>, source = 'gateway') => checkSource({ ...shown, source, signature: { ...shown.signature, ...s } }, { ...proof, ...p }).fails
  expect(fails({ statement: digest(Buffer.from('other')) }, {})).toBe('envelope')
  expect(fails({}, {}, 'other')).toBe('statement')
  expect(fails({ sequence: 8 }, {})).toBe('statement')
  expect(fails({}, { count: 4 })).toBe('statement')
  expect(fails({}, { index: 0 })).toBe('covers')
  expect(fails({}, { path: [] })).toBe('covers')
  expect(fails({}, { path: [...proof.path].reverse() })).toBe('covers')
  expect(checkSource({ ...shown, leafHash: leaves[0].toString('base64') }, proof).fails).toBe('covers')
  const other = made({ ...pair, hash, ...(hash ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')) })
  expect(fails({}, { key: other.proof.key })).toBe('key')
  expect(fails({}, { key: { ...proof.key!, source: 'other' } })).toBe('key')
  expect(fails({}, { key: { ...proof.key!, pem: 'no key' } })).toBe('key')
  const envelope = JSON.parse(proof.envelope), [signature] = envelope.signatures, bytes = Buffer.from(signature.sig, 'base64')
  for (const at of [0, 8, bytes.length - 1]) {
    const sig = Buffer.from(bytes)
    sig[at] ^= 1
    expect(fails({}, { envelope: JSON.stringify({ ...envelope, signatures: [{ ...signature, sig: sig.toString('base64') }] }) })).toBe('signature')
  }
  expect(fails({}, { envelope: JSON.stringify({ ...envelope, signatures: [] }) })).toBe('signature')
  expect(fails({}, { envelope: JSON.stringify({ ...envelope, signatures: [{ ...signature, keyid: 'sha256:' + '0'.repeat(64) }] }) })).toBe('signature')
  expect(fails({}, { envelope: JSON.stringify({ ...envelope, payloadType: 'application/vnd.lichtspur.event+json' }) })).toBe('envelope')
  expect(fails({}, { envelope: '{' })).toBe('envelope')
})

test('what RSA opens to is held to be padded as it must, whole', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }), { shown, proof } = made({ ...pair, hash: 'sha256' })
  const envelope = JSON.parse(proof.envelope), message = preAuth(type, Buffer.from(envelope.payload, 'base64'))
  const check = (sig: Buffer) => checkSource(shown, { ...proof, envelope: JSON.stringify({ ...envelope, signatures: [{ ...envelope.signatures[0], sig: sig.toString('base64') }] }) })
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash = createHash('sha256').update(message).digest(), ff = (n: number) => Buffer.alloc(n, 0xff), sized = (...parts: Uint8Array[]) => Buffer.concat([Buffer.concat(parts), Buffer.alloc(256)]).subarray(0, 256)
  const encoded: [string, Buffer, boolean][] = [
    ['as it must be', sized(Buffer.from([0, 1]), ff(202), Buffer.from([0]), info, hash), true],
    ['garbage behind the digest', sized(Buffer.from([0, 1]), ff(8), Buffer.from([0]), info, hash, Buffer.alloc(194, 7)), false],
    ['without the parameters of the hash', sized(Buffer.from([0, 1]), ff(204), Buffer.from([0]), Buffer.from('302f300b0609608648016503040201' + '0420', 'hex'), hash), false],
    ['padded for encryption', sized(Buffer.from([0, 2]), ff(202), Buffer.from([0]), info, hash), false],
    ['of another message', sized(Buffer.from([0, 1]), ff(202), Buffer.from([0]), info, createHash('sha256').update('other').digest()), false],
  ]
  for (const [what, em, holds] of encoded) {
    const verdict = check(privateEncrypt({ key: pair.privateKey, padding: constants.RSA_NO_PADDING }, em))
    expect([verdict.state, verdict.fails], what).toEqual(holds ? ['verified', undefined] : ['failed', 'signature'])
  }
  expect(check(sign('sha256', message, { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING })).fails).toBe('signature')
  const sig = Buffer.from(envelope.signatures[0].sig, 'base64')
  expect(check(Buffer.concat([Buffer.from([0]), sig])).fails).toBe('signature') // the same number, in more octets
  expect(check(Buffer.alloc(0)).fails).toBe('signature')
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }), weak = made({ ...short, hash: 'sha256' })
  expect(checkSource(weak.shown, weak.proof).fails).toBe('signature')
})

test('a signature without the name of its key is tried, and any of several may hold', () => {
  const [, pair, hash] = kinds[0], { shown, proof } = made({ ...pair, hash, keyid: '' }), envelope = JSON.parse(proof.envelope)
  expect(checkSource(shown, proof).state).toBe('verified')
  envelope.signatures.unshift({ sig: 'AAAA' }, { keyid: 'other', sig: 'not base64' })
  expect(checkSource(shown, { ...proof, envelope: JSON.stringify(envelope) }).state).toBe('verified')
})

test('what was signed of another source, of something else or in another form is no proof', () => {
  const [, pair, hash] = kinds[0]
  for (const parts of [{ predicate: { source: 'other' } }, { predicate: { sequence: 6 } }, { predicate: { count: 2 } }, { kind: 'event' }]) {
    const { shown, proof } = made({ ...pair, hash, ...parts })
    expect(checkSource(shown, proof).fails).toBe('statement')
  }
  const { shown, proof } = made({ ...pair, hash, predicate: { root: leaves[1].toString('base64') } })
  expect(checkSource(shown, proof).fails).toBe('covers')
})

test('a key of another kind and a certified one are not checked, and nothing is said to hold that was not', () => {
  const { shown, proof } = made({ ...generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), hash: 'sha256' })
  expect(checkSource(shown, proof)).toEqual({ state: 'unchecked', holds: ['envelope', 'statement', 'covers', 'key'], why: 'algorithm' })
  expect(checkSource(shown, { ...proof, key: null })).toEqual({ state: 'unchecked', holds: ['envelope', 'statement', 'covers'], why: 'certificate' })
})

// Made with openssl req -x509; the key is the one of the certificate.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBsDCCAVegAwIBAgIUPkVlrHlTl3jNGQl1JZs/Ut/u5cQwCgYIKoZIzj0EAwIw
LjERMA8GA1UECgwIRXhlcmNpc2UxGTAXBgNVBAMMEEV4ZXJjaXNlIGdhdGV3YXkw
HhcNMjYxMTI2MDY1OTU5WhcNMzYxMTIzMDY1OTU5WjAuMREwDwYDVQQKDAhFeGVy
Y2lzZTEZMBcGA1UEAwwQRXhlcmNpc2UgZ2F0ZXdheTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABE7/yKSHbR0dt3zWtdX3/oQZhMJ1jnes/cRfs8Gswi/Thnv8SARv
4B2RfIMZdDsuVBY7yD/B/FqG9/Rtm33mG3GjUzBRMB0GA1UdDgQWBBS+o4RLs0uU
bi+nIv3FNp3LeyaqGDAfBgNVHSMEGDAWgBS+o4RLs0uUbi+nIv3FNp3LeyaqGDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIGJIV9zTb9PWMgKZz+t3
clHxv5hX5yxElJ5ETqU8z432AiAyEmoRPq5dKdJe6Ldn3BhBfkgIuluBYVb3w7fE
8hcXtg==
-----END CERTIFICATE-----
`
const bare = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETv/IpIdtHR23fNa11ff+hBmEwnWO
d6z9xF+zwazCL9OGe/xIBG/gHZF8gxl0Oy5UFjvIP8H8Wob39G2bfeYbcQ==
-----END PUBLIC KEY-----
`

test('the key of a certificate is found in it', () => {
  expect(Buffer.from(publicKey(certificate))).toEqual(Buffer.from(publicKey(bare)))
  expect(() => publicKey(certificate.replace('CERTIFICATE', 'PRIVATE KEY'))).toThrow()
  const der = Buffer.from(certificate.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
  for (let n = 0; n < der.length; n++) {
    const cut = `-----BEGIN CERTIFICATE-----\n${der.subarray(0, n).toString('base64')}\n-----END CERTIFICATE-----\n`
    expect(() => publicKey(cut)).toThrow()
  }
})
