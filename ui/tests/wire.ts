import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** A wire between the browser and the server that can be cut. */
export class Wire {
  private sockets = new Set<Socket>()
  private whole = true
  private server = createServer((from) => {
    if (!this.whole) return void from.destroy()
    const to = connect(this.port, '127.0.0.1')
    for (const [a, b] of [[from, to], [to, from]]) {
      this.sockets.add(a)
      a.pipe(b)
      a.on('error', () => b.destroy()).on('close', () => { this.sockets.delete(a); b.destroy() })
    }
  })

  constructor(private port: number) {}

  /** Listens, and returns the address. */
  async up(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done))
    return 'http://127.0.0.1:' + (this.server.address() as AddressInfo).port
  }

  cut() { this.whole = false; for (const s of this.sockets) s.destroy() }
  mend() { this.whole = true }
  async down() { this.cut(); await new Promise((done) => this.server.close(done)) }
}
