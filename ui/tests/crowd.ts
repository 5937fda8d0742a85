import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

// A record of three hundred systems, all of it exercise data: some two thousand flows between them, with cycles and loops, few of them large and
// most small, as it is in the field. What one gateway says was sent another says was received; some of it is denied, some only spoken of.

const countries = ['DE', 'FR', 'IT', 'ES', 'PL', 'NL', 'BE', 'AT', 'SE', 'DK', 'CZ', 'PT', 'GR', 'HU', 'RO', 'BG', 'FI', 'IE', 'SK', 'HR', 'LT', 'LV', 'SI', 'EE', 'LU']
const kinds = ['face file', 'case file', 'border file', 'search desk']

/** Numbers that look random and are the same each time (a linear congruence). */
function dice(seed: number): (n: number) => number {
  let x = seed
  return (n) => { x = (x * 1103515245 + 12345) % 2147483648; return Math.floor(x / 2147483648 * n) }
}

export interface Crowd { declarations: object[], sent: object[], received: object[], flows: number, systems: number }

export function crowd(systems: number, flows: number): Crowd {
  const roll = dice(11), exercise = true, pad = (n: number) => String(n).padStart(3, '0')
  const organisation = (i: number) => 'body-' + pad(Math.floor(i / 5)), country = (i: number) => countries[Math.floor(i / 5) % countries.length]
  const declarations: object[] = []
  const declare = (type: string, id: string, name: string, more: object) => declarations.push({ id: `crowd/${type}/${id}`, kind: 'DECLARE', exercise, declaration: { type, id, name: { en: name, de: name }, ...more } })
  for (let i = 0; i < systems; i += 5) declare('ORGANISATION', organisation(i), `Police of ${country(i)} ${pad(i / 5)}`, { organisation: { class: 'AUTHORITY', country: country(i) } })
  for (let i = 0; i < systems; i++) declare('SYSTEM', 'system-' + pad(i), `${country(i)} ${kinds[i % kinds.length]} ${pad(i)}`, { system: { operator: organisation(i), type: 'database' } })
  declare('SOURCE', 'north', 'Gateway of senders', { source: { organisation: organisation(0), introduces: true } })
  declare('SOURCE', 'south', 'Gateway of receivers', { source: { organisation: organisation(5), introduces: true } })
  declare('DOCUMENT', 'crowd-paper', 'A paper', { document: { publisher: organisation(0) } })

  const sent: object[] = [], received: object[] = [], seen = new Set<string>()
  while (seen.size < flows) {
    // Squared: those with low numbers are in more of them.
    const draw = () => Math.floor((roll(10_000) / 10_000) ** 2 * systems), from = draw(), to = seen.size % 50 ? draw() : from, key = from + '>' + to
    if (seen.has(key)) continue
    seen.add(key)
    const n = 1 + Math.floor(40 / (1 + from + to)), reply = roll(5) === 0, end = (i: number) => ({ organisation: organisation(i), system: 'system-' + pad(i) })
    for (let k = 0; k < n; k++) {
      const day = `2025-${pad(1 + roll(12)).slice(1)}-${pad(1 + roll(28)).slice(1)}`, images = [{ digest: 'sha256:' + pad(sent.length).padStart(64, '0') }]
      const common = { exercise, from: end(from), to: end(to), purpose: ['prosecution', 'border-control', 'identification'][roll(3)], basis: [['National law § 1', 'Directive Art. 2'][roll(2)]], images, transfer: { reference: 'T-' + sent.length } }
      sent.push({ ...common, id: 'sent-' + sent.length, kind: 'DISCLOSE', requester: organisation(from), occurred: day + 'T08:00:00Z' })
      if (reply) received.push({ ...common, id: 'received-' + received.length, kind: 'RECEIVE', requester: organisation(to), occurred: day + 'T09:00:00Z' })
    }
    const stance = seen.size % 40 === 7 ? 'DENIED' : seen.size % 40 === 9 ? 'ASSERTED' : ''
    if (stance) declarations.push({ id: 'crowd/claim/' + key, kind: 'CLAIM', exercise, occurred: '2025-06-01', citation: { source: 'crowd-paper', locator: 'p. 1' }, text: { en: 'As was said.' },
      claim: { claimant: organisation(0), stance, modality: 'FACT', sourceClass: 'OFFICIAL', proposition: { id: 'crowd-' + key.replace('>', '-'), type: 'FLOW', from: 'system-' + pad(from), to: 'system-' + pad(stance === 'DENIED' ? to : (to + 7) % systems), text: { en: 'It is sent there.' } } } })
  }
  return { declarations, sent, received, flows, systems }
}

/** Serves such a record with the real program, in a directory of its own. Returns what ends it. */
export async function serveCrowd(c: Crowd, dir: string, port: number): Promise<() => void> {
  const program = new URL('../../bin/lichtspur', import.meta.url).pathname
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const run = (...args: string[]) => execFileSync(program, args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
  run('init', '--data', 'data', '--origin', 'localhost/lichtspur/crowd')
  for (const [source, name] of [['log', 'declarations'], ['north', 'sent'], ['south', 'received']] as const) {
    writeFileSync(`${dir}/${name}.ndjson`, c[name].map((e) => JSON.stringify(e)).join('\n') + '\n')
    run('ingest', '--data', 'data', '--source', source, name + '.ndjson')
  }
  const server = spawn(program, ['serve', '--data', 'data', '--demo', '--listen', '127.0.0.1:' + port], { cwd: dir, stdio: 'ignore' })
  for (let tries = 0; ; tries++) {
    try { if ((await fetch(`http://127.0.0.1:${port}/readyz`)).ok) break } catch { /* not yet */ }
    if (tries > 200) throw new Error('the server does not start')
    await new Promise((done) => setTimeout(done, 100))
  }
  return () => { server.kill('SIGTERM') }
}
