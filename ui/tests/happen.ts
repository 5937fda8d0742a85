import { execFileSync } from 'node:child_process'

const port = Number(process.env.PAGE_PORT ?? 8499), program = '../bin/lichtspur'
let next = Date.now() // ids that no earlier run handed in

/** Hands in so many exercise viewings, as the gateway, over HTTP. */
export function happen(n: number) {
  const token = execFileSync(program, ['token', 'create', '--data', '.run/data', '--source', 'exercise-gateway', '--expires', '1h'], { encoding: 'utf8' }).match(/ls[a-z]*_\S+/)![0]
  const events = execFileSync('sh', ['tests/consult.sh', String(next), String(next + n - 1)])
  next += n
  execFileSync(program, ['ingest', '--server', 'http://127.0.0.1:' + port, '--token', token, '-'], { input: events })
}
